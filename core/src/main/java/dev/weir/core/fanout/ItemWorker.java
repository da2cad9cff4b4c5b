package dev.weir.core.fanout;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.HandedTask;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Takes items and applies the function to them, one after the other, until there are no more.
 *
 * <p>While it works on a thread, that thread is in a section of the {@link #guard}, so that a stop of the call
 * interrupts the work and nothing else. If items have a timeout, each item is a section of its own, and what is between
 * two items is one as well; then an interrupt that is sent for one item cannot hit the next.
 */
final class ItemWorker<T extends @Nullable Object, R extends @Nullable Object> {
    final InterruptGuard guard = new InterruptGuard();

    /** The worker on its way to a thread; it ends when the worker leaves that thread. */
    volatile @Nullable HandedTask launch;

    /** What the fan-in keeps for each worker; the thread of this worker alone, and the caller when it is over. */
    @Nullable
    Object partial;

    // What the thread had before; of the thread of this worker alone, as are the next ones.
    Contexts.@Nullable Installed installed;
    OpenScopes.@Nullable Scope scopeBefore;

    private final FanOutRun<T, R> run;
    private final boolean timed;
    private long index;
    private @Nullable Object item;
    private boolean sawMore;

    /** When the item with a timeout began; written by the worker before its section becomes the timed one. */
    private volatile long startNanos;

    /** The section of the item that has a timeout, or NONE between items. Volatile: publishes the start. */
    private volatile long timedSection = InterruptGuard.NONE;

    /**
     * The last section that took too long; written by the timer before it interrupts, read by the worker after that.
     */
    private volatile long expired = InterruptGuard.NONE;

    ItemWorker(FanOutRun<T, R> run) {
        this.run = run;
        this.timed = run.settings.timeoutEach != null;
    }

    /** The source gives an item. */
    void take(long index, @Nullable Object item, boolean sawMore) {
        this.index = index;
        this.item = item;
        this.sawMore = sawMore;
    }

    /** Works on the current thread. */
    void work() {
        boolean again = true;
        while (again && run.state.enter()) {
            again = false;
            try {
                run.begin(this);
                again = workWhileThereIsSome();
            } catch (Throwable failure) { // of the source, or of what the caller gave to combine results
                run.failed(Stop.failed(failure));
            } finally {
                run.leave(this);
            }
            again = again && !run.launcher.launch(this);
        }
    }

    /** True if the next item is to have a new thread. */
    private boolean workWhileThereIsSome() {
        boolean first = true;
        while (run.source.next(this)) {
            if (sawMore) {
                run.launcher.grow();
            }
            run.judgeInterrupt(); // the source's
            if (run.state.isStopped()) {
                return false;
            }
            if (!first && installed != null) {
                installed.renew();
            }
            first = false;
            perform();
            OpenScopes.endTask(scopeBefore);
            run.judgeInterrupt(); // the item's: it does not concern the next one
            if (run.settings.threadPerItem && run.launcher.isGrowing()) {
                return true;
            }
        }
        return false;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // the item is one of the source's; a result is what was returned
    private void perform() {
        if (run.progress != null) {
            run.progress.begins();
        }
        long section = timed ? beginTimed() : InterruptGuard.NONE;
        ThrowingFunction<? super T, ? extends R, ?> function = run.function;
        R value = null;
        Throwable failure = null;
        try {
            value = run.context.surrounds()
                    ? run.context.surround(() -> function.apply((T) item))
                    : function.apply((T) item);
        } catch (Throwable thrown) {
            failure = thrown;
        }
        item = null; // it may be collected while the worker waits for the next one
        if (timed) {
            timedSection = InterruptGuard.NONE;
        }
        // Before the stop no interrupt of the call was sent but by the timer.
        boolean interrupted = (timed || run.state.isStopped()) && endSection();
        report(value, failure, interrupted, interrupted && timed && expired == section);
    }

    private void report(R value, @Nullable Throwable failure, boolean interrupted, boolean late) {
        boolean effect = failure != null && Interrupts.isEffectOf(interrupted, failure);
        boolean tooLong = late && (effect || !(failure instanceof Error));
        if (tooLong) {
            run.fanIn.failed(run, index, tooLong(effect ? null : failure), true);
            run.releaseLate(this, value);
        } else if (failure == null) {
            run.fanIn.succeeded(run, this, index, value);
        } else if (effect || (failure instanceof InterruptedException && run.interruptedByOthers(failure))) {
            run.fanIn.cancelled(run, index);
        } else {
            run.fanIn.failed(run, index, failure, false);
        }
        if (run.progress != null) {
            run.progress.ended(tooLong || failure != null);
        }
    }

    private long beginTimed() {
        guard.endAndClear();
        startNanos = run.settings.time.nanoTime();
        long section = guard.begin();
        timedSection = section;
        if (run.state.isStopped()) { // the stop may have come between the sections
            guard.interrupt();
        }
        return section;
    }

    /** Ends the section of an item, and begins the one of what follows; true if the item was interrupted. */
    private boolean endSection() {
        boolean interrupted = guard.endAndClear();
        guard.begin();
        return interrupted;
    }

    /**
     * Interrupts the item if it takes too long. Called by the timer.
     *
     * @param nowNanos the time
     * @param timeoutNanos how long an item may take
     * @return how long the item may still take, or the whole timeout if there is no item that has time left
     */
    long expire(long nowNanos, long timeoutNanos) {
        long section = timedSection;
        if (section == InterruptGuard.NONE || section == expired) {
            return timeoutNanos;
        }
        long left = timeoutNanos - (nowNanos - startNanos);
        if (section != timedSection) {
            return timeoutNanos; // it has ended, and the start may be that of the next one, which has all its time
        }
        if (left > 0) {
            return left;
        }
        expired = section;
        guard.interrupt(section);
        return timeoutNanos;
    }

    private TimeoutException tooLong(@Nullable Throwable failure) {
        TimeoutException tooLong =
                new TimeoutException("item " + index + " took longer than " + run.settings.timeoutEach);
        if (failure != null) {
            Suppressed.attachOrLog(tooLong, failure, run.settings.name, FanOutRun.LOG);
        }
        return tooLong;
    }
}

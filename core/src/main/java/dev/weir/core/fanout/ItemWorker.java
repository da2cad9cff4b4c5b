package dev.weir.core.fanout;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.LoggingContext;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Takes items and applies the function to them, one after the other, until there are no more. */
final class ItemWorker<T extends @Nullable Object, R extends @Nullable Object> implements ReadAhead.Taker {
    final Leash leash = new Leash();
    final ReadAhead readAhead = new ReadAhead();

    // For ItemSource, by the thread of this worker alone.
    int atOnce;
    long readAtNanos;

    /** Whether it has come back from the source, and then whether there may be more. */
    boolean hasRead;

    boolean sawMore;

    /** Whom it took an item from the last time, and whether there may be more. */
    int victim;

    boolean helps;

    /** What the fan-in keeps for each worker; the thread of this worker alone, and the caller when it is over. */
    @Nullable
    Object partial;

    /** The logging context that the thread had before. */
    @Nullable
    LoggingContext outside;

    private final FanOutRun<T, R> run;
    private final boolean timed;
    private long index;
    private @Nullable Object item;

    ItemWorker(FanOutRun<T, R> run) {
        this.run = run;
        this.timed = run.settings.timeoutEach != null;
    }

    @Override
    public void taken(long index, @Nullable Object item) {
        this.index = index;
        this.item = item;
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
            again = again && !run.crew.launch(this);
        }
    }

    /** True if the next item is to have a new thread. */
    private boolean workWhileThereIsSome() {
        while (run.claims.next(this)) {
            if (hasRead) {
                hasRead = false;
                run.swallowInterrupt(); // the source's
                if (sawMore) {
                    run.crew.grow();
                }
            }
            if (run.state.isStopped()) {
                return false;
            }
            perform();
            if (run.settings.threadPerItem && run.crew.isGrowing()) {
                return true;
            }
        }
        return false;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // the item is one of the source's; a result is what was returned
    private void perform() {
        ThrowingFunction<? super T, ? extends R, ?> function = run.function;
        R value = null;
        Throwable failure = null;
        if (timed) {
            leash.beginItem(run.settings.time.nanoTime());
        }
        try {
            value = function.apply((T) item);
        } catch (Throwable thrown) {
            failure = thrown;
        }
        boolean interrupted = timed && leash.endItem();
        run.ended(failure, interrupted);
        boolean broken = failure instanceof Error && !Interrupts.isEffect(failure);
        boolean expired = interrupted && !broken;
        if (expired) {
            run.fanIn.failed(run, index, tooLong(failure), true);
        } else if (failure == null) {
            run.fanIn.succeeded(run, this, index, value);
        } else if (run.state.isStopped() && Interrupts.isEffect(failure)) {
            run.fanIn.cancelled(run, index);
        } else {
            run.fanIn.failed(run, index, failure, false);
        }
        if (run.progress != null) {
            run.progress.ended(expired || failure != null);
        }
    }

    private TimeoutException tooLong(@Nullable Throwable failure) {
        TimeoutException tooLong =
                new TimeoutException("item " + index + " took longer than " + run.settings.timeoutEach);
        if (failure != null && !Interrupts.isEffect(failure)) {
            tooLong.addSuppressed(failure);
        }
        return tooLong;
    }
}

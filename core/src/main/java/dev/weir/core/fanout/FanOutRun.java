package dev.weir.core.fanout;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.HandedTask;
import dev.weir.core.internal.wait.SlowJoinWarning;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.time.TimeSource;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of a {@link FanOut}: starts its workers, stops them, and waits for them.
 *
 * <p>{@link WorkerLauncher} starts the workers, {@link ItemSource} hands out the items, {@link ItemWorker} does one
 * after the other, {@link FanIn} keeps the results, {@link RunState} knows when all is over, and an
 * {@link InterruptGuard} for each worker keeps interrupts where they belong. A worker that was handed to the executor
 * but has not begun is not waited for: it is withdrawn, or finds the call over.
 *
 * <p><b>Whose interrupt is it?</b> The call interrupts a worker through its guard, when it is stopped or an item takes
 * too long. Any other interrupt of a worker's thread is somebody else's: the caller's, if the executor runs the worker
 * in the calling thread; else the executor's, if the user gave one, and then it ends the call. On threads of our own it
 * can only be an item's, and it ends with the item.
 */
final class FanOutRun<T extends @Nullable Object, R extends @Nullable Object> {
    static final Logger LOG = LoggerFactory.getLogger(FanOut.class);

    final FanOutSettings settings;
    final ThrowingFunction<? super T, ? extends R, ?> function;
    final FanIn<R> fanIn;
    final RunState state = new RunState();
    final ItemSource<T> source;
    final WorkerList<T, R> workers = new WorkerList<>();
    final WorkerLauncher<T, R> launcher;
    final @Nullable ProgressReport progress;

    /** Why it was stopped, if it was. */
    final RunEnd end;

    private final Thread caller = Thread.currentThread();
    final Contexts.Snapshot context;
    private final @Nullable ItemTimer timer;

    /** Its section is the caller's call of the executor. */
    private final InterruptGuard handingOver = new InterruptGuard();

    // Of the caller alone.
    private boolean handsOver;

    private TimeSource.@Nullable ScheduledTask deadlineTimer;

    /** When a thread last began to wait for the end, or 0; read racily by what describes the wait. */
    private int waitsSince;

    /** Threads that wait for the end. */
    private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();

    FanOutRun(
            Iterable<? extends T> items,
            FanOutSettings settings,
            ThrowingFunction<? super T, ? extends R, ?> function,
            FanIn<R> fanIn) {
        this.settings = settings;
        this.end = new RunEnd(settings.name);
        this.function = function;
        this.fanIn = fanIn;
        this.context = settings.contexts.capture();
        int size = items instanceof Collection<?> all ? all.size() : -1;
        this.source = ItemSource.of(this, fanIn, items);
        this.progress = settings.listener == null ? null : new ProgressReport(settings.listener, size);
        this.timer = settings.timeoutEach == null ? null : new ItemTimer(this, settings.time, settings.timeoutEach);
        this.launcher = new WorkerLauncher<>(this);
    }

    // ---- the workers

    /**
     * Starts the first worker, which starts others. What prevents that stops the call.
     *
     * @param here whether the executor may run the worker in this thread
     */
    void start(boolean here) {
        try {
            if (settings.deadline.isExpired()) {
                stop(deadlinePassed());
                return;
            }
            deadlineTimer = settings.deadline.schedule(() -> stop(deadlinePassed()));
            if (timer != null) {
                timer.start();
            }
        } catch (Throwable broken) { // thrown by a TimeSource
            failed(Stop.failed(broken));
            return;
        }
        handingOver.begin();
        handsOver = true;
        try {
            if (!state.isStopped()) { // the deadline may have passed before the section began
                launcher.start(here);
            }
        } catch (Throwable notStarted) {
            notStarted(notStarted);
        }
        endHandingOver();
    }

    private void notStarted(Throwable failure) {
        if (endHandingOver() && state.isStopped()) {
            return; // the effect of the interrupt by which the stop let the caller go
        }
        if (Thread.interrupted()) {
            callerInterrupted(); // while the executor made it wait
        } else {
            failed(Stop.failed(failure));
        }
    }

    private boolean endHandingOver() {
        if (!handsOver) {
            return false;
        }
        handsOver = false;
        return handingOver.endAndClear();
    }

    /** The worker has entered, and begins on this thread. */
    void begin(ItemWorker<T, R> worker) {
        worker.guard.begin();
        worker.installed = null;
        worker.scopeBefore = OpenScopes.innermost();
        if (Thread.currentThread() == caller) {
            endHandingOver(); // from here on a stop interrupts the worker, and once
        } else {
            judgeInterrupt();
        }
        worker.installed = context.install();
    }

    /** The worker has ended: from here on nothing of the call happens on this thread. */
    void leave(ItemWorker<T, R> worker) {
        if (worker.installed != null) {
            worker.installed.restore();
        }
        if (worker.guard.current() != InterruptGuard.NONE) {
            worker.guard.endAndClear();
        }
        if (state.leave()) {
            wake();
        }
    }

    /**
     * Between two items of a call that goes on: clears an interrupt, which is none of the call's, and stops the call if
     * it was the caller's or the executor's. Once the call is stopped, the guard knows whose the interrupt is.
     */
    void judgeInterrupt() {
        if (state.isStopped() || !Thread.interrupted()) {
            return;
        }
        if (state.isStopped()) { // since the first look: then it may be the call's, which comes after the stop
            Thread.currentThread().interrupt();
            return;
        }
        if (Thread.currentThread() == caller) {
            callerInterrupted();
        } else if (launcher.isShutDown()) {
            interruptedByOthers(null);
        }
    }

    /**
     * An item was interrupted, and not by the call: stops the call, unless the thread is one of our own.
     *
     * @return whether the call is stopped by that
     */
    boolean interruptedByOthers(@Nullable Throwable cause) {
        if (Thread.currentThread() == caller) {
            callerInterrupted();
            return true;
        }
        if (settings.executor == null) {
            return false;
        }
        Thread.currentThread().interrupt(); // first, so that the guard leaves it to the executor
        CancellationException cancellation =
                new CancellationException("a worker of " + settings.name + " was interrupted by its executor");
        if (cause != null) {
            cancellation.initCause(cause);
        }
        failed(Stop.failed(cancellation));
        return true;
    }

    void callerInterrupted() {
        end.callerInterrupted();
        stop(Stop.interrupted());
    }

    // ---- the end

    /** The source has no more items. Called by a worker. */
    void exhausted(long count) {
        state.exhaust();
        fanIn.exhausted(this, count);
    }

    /** Interrupts what runs, and lets nothing begin; false if that was so already. */
    boolean stop(Stop why) {
        if (!end.stop(why)) {
            return false;
        }
        state.stop(); // before the interrupts: a worker that comes after them sees that it must not begin
        workers.interrupt();
        handingOver.interrupt();
        wake();
        source.wakeReader();
        return true;
    }

    /** Stops the call by a failure, or keeps it beside the one that did. */
    void failed(Stop why) {
        if (!stop(why)) {
            end.alsoFailed(why.cause());
        }
    }

    private Stop deadlinePassed() {
        return new Stop(Stop.Kind.TIMED_OUT, new TimeoutException(settings.name + " was not done at its deadline"));
    }

    private void wake() {
        fanIn.wake();
        for (Thread thread : waiting) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Waits until nobody works any more. Stops the call when the thread is interrupted.
     *
     * @return whether the thread was interrupted meanwhile
     */
    boolean await() {
        waiting.add(Thread.currentThread());
        waitsSince = WaitText.now();
        boolean interruptedHere = false;
        // The patience is about real threads, and so on the system's clock.
        SlowJoinWarning slow = new SlowJoinWarning(settings.patience, TimeSource.system(), this::warnOfSlowJoin);
        while (!state.isOver()) {
            Waiter.End end = state.isStopped()
                    ? slow.await(state::isOver, this)
                    : awaitWorkers(() -> state.isOver() || state.isStopped(), this);
            if (end == Waiter.End.INTERRUPTED && Thread.interrupted()) {
                interruptedHere = true;
                callerInterrupted();
            }
        }
        waiting.remove(Thread.currentThread());
        release();
        return interruptedHere;
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        String stream = fanIn.waits();
        if (stream != null) {
            return "FanOut " + settings.name + ": " + stream;
        }
        Thread first = waiting.peek();
        return "FanOut " + settings.name + ": the end of its " + workers.size() + " workers"
                + (state.isStopped() ? ", which are stopped" : "")
                + WaitText.sole(first == null ? caller : first, first == null ? 0 : waitsSince);
    }

    /** Waits for what the workers do; the condition must hold once the call is stopped. */
    Waiter.End awaitWorkers(BooleanSupplier condition, Object blocker) {
        return HandedTask.await(settings.executor, condition, blocker, launcher::dropped);
    }

    /** Ends the timers and takes back what the executor has not begun, once the call is stopped or over. */
    void release() {
        if (timer != null) {
            timer.stop();
        }
        if (deadlineTimer != null) {
            deadlineTimer.cancel();
        }
        launcher.withdrawAll();
    }

    private void warnOfSlowJoin() {
        workers.forEachThread(
                late -> LOG.warn("{} waits for a task that ignores its interrupt, in {}", settings.name, late));
    }

    // ---- results that nobody takes

    /**
     * A worker has a result that comes too late. The release is no part of an item, and no interrupt of the call
     * reaches it.
     */
    void releaseLate(ItemWorker<?, R> worker, @Nullable Object result) {
        if (settings.undelivered == null) {
            return;
        }
        worker.guard.endAndClear();
        releaseResult(result);
        worker.guard.begin();
        if (state.isStopped()) { // the stop may have come between the sections
            worker.guard.interrupt();
        }
    }

    /** The call is over, and nobody gets the results that its fan-in keeps. */
    void releaseResults() {
        if (settings.undelivered != null) {
            fanIn.undelivered(this);
        }
    }

    void releaseResult(@Nullable Object result) {
        if (settings.undelivered != null) {
            settings.undelivered.release(result, settings.name, LOG);
        }
    }

    /** The stream of the results is unreachable. Called by the thread that notices, which must not wait. */
    void abandoned() {
        if (state.isOver() || !stop(Stop.satisfied("its stream was abandoned"))) {
            return;
        }
        release();
        Callbacks.error(
                LOG, "a stream of {} was neither closed nor pulled to its end; its call is cancelled", settings.name);
        if (settings.undelivered != null) {
            Threads.virtual(settings.name + "-undelivered", () -> {
                        await();
                        releaseResults();
                    })
                    .start();
        }
    }

    /**
     * Throws what ended the call early, if something did that the caller did not want.
     *
     * @param mayTimeOut whether the deadline is something that the caller finds in the results
     */
    @SuppressWarnings("unchecked") // the only checked exceptions that get here are the function's
    <X extends Throwable> void throwIfFailed(boolean mayTimeOut) throws X, InterruptedException {
        Throwable failure = end.failure(mayTimeOut);
        if (failure != null) {
            releaseResults();
            throw (X) failure;
        }
    }
}

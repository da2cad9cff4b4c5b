package dev.weir.core.fanout;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.LoggingContext;
import dev.weir.core.internal.wait.Patience;
import dev.weir.core.time.TimeSource;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of a {@link FanOut}: starts its workers, stops them, and waits for them.
 *
 * <p>{@link WorkerLauncher} starts the workers, {@link ItemSource} says who does which item, {@link ItemWorker} does it, {@link FanIn} keeps the result, {@link RunState}
 * knows when all is over, and a {@link Leash} for each worker keeps interrupts where they belong. A worker that was
 * handed to the executor but has not begun is not waited for: it will find the call over.
 */
final class FanOutRun<T extends @Nullable Object, R extends @Nullable Object> {
    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);
    private static final int MOST_SUPPRESSED = 10;

    final FanOutSettings settings;
    final ThrowingFunction<? super T, ? extends R, ?> function;
    final FanIn<R> fanIn;
    final RunState state = new RunState();
    final ItemSource<T> claims;
    final WorkerList<T, R> roster = new WorkerList<>();
    final @Nullable ProgressReport progress;

    final WorkerLauncher<T, R> crew;

    private final Thread caller = Thread.currentThread();
    private final LoggingContext context = LoggingContext.ofThisThread();
    private final @Nullable ItemTimer timer;
    /** Threads that wait for the end, or for the deadline. */
    private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();

    /** Guards all that follows; never held while foreign code runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private final FailureList others = new FailureList(MOST_SUPPRESSED);
    private @Nullable Stop stop;

    /** Whether the caller was interrupted, or for a stream whoever pulls from it. */
    private volatile boolean interrupted;

    FanOutRun(
            Iterable<? extends T> source,
            FanOutSettings settings,
            ThrowingFunction<? super T, ? extends R, ?> function,
            FanIn<R> fanIn) {
        this.settings = settings;
        this.function = function;
        this.fanIn = fanIn;
        int size = source instanceof Collection<?> all ? all.size() : -1;
        this.claims = new ItemSource<>(this, fanIn, source, settings.threadPerItem);
        this.progress = settings.listener == null ? null : new ProgressReport(settings.listener, size);
        this.timer = settings.timeoutEach == null ? null : new ItemTimer(settings.time, settings.timeoutEach, roster);
        this.crew = new WorkerLauncher<>(this);
    }

    // ---- the workers

    /**
     * Starts the first worker, which starts others. What prevents that stops the call.
     *
     * @param here whether the executor may run the worker in this thread
     */
    void start(boolean here) {
        if (settings.deadline.isExpired()) {
            stop(deadlinePassed());
            return;
        }
        try {
            if (timer != null) {
                timer.start();
            }
            crew.start(here);
        } catch (Throwable notStarted) {
            failed(Stop.failed(notStarted));
        }
    }

    /** The worker has entered, and begins on this thread. */
    void begin(ItemWorker<T, R> worker) {
        worker.outside = LoggingContext.ofThisThread();
        worker.leash.attach();
        if (Thread.currentThread() == caller) {
            watchDeadline();
        } else {
            Thread.interrupted();
        }
        context.set();
    }

    /** The worker has ended: from here on nothing of the call happens on this thread. */
    void leave(ItemWorker<T, R> worker) {
        try {
            if (worker.outside != null) {
                worker.outside.set();
            }
        } finally {
            worker.leash.detach();
            swallowInterrupt();
            if (state.leave()) {
                wake();
            }
        }
    }

    /**
     * Between an item and the next: its interrupt and its logging context do not concern the others.
     *
     * @param failure what the item threw
     * @param expired whether it was we who interrupted it
     */
    void ended(@Nullable Throwable failure, boolean expired) {
        if (expired) {
            Thread.interrupted();
        } else if (failure instanceof InterruptedException && Thread.currentThread() == caller) {
            Thread.currentThread().interrupt(); // what the caller's own thread threw, the caller was meant by
        }
        swallowInterrupt();
        context.set();
    }

    /** Clears the interrupt status. On the caller's own thread it may be the caller that was meant. */
    void swallowInterrupt() {
        if (Thread.interrupted() && Thread.currentThread() == caller && !state.isStopped()) {
            callerInterrupted();
        }
    }

    void callerInterrupted() {
        interrupted = true;
        stop(Stop.interrupted());
    }

    // ---- the end

    /** Interrupts what runs, and lets nothing begin; false if that was so already. */
    boolean stop(Stop why) {
        lock.lock();
        try {
            if (stop != null) {
                return false;
            }
            stop = why;
        } finally {
            lock.unlock();
        }
        state.stop(); // before the interrupts: who comes after them sees that it must not begin
        for (int i = roster.size() - 1; i >= 0; i--) {
            roster.get(i).leash.interrupt();
        }
        wake();
        return true;
    }

    /** Stops the call by a failure, or keeps it beside the one that did. */
    void failed(Stop why) {
        if (stop(why)) {
            return;
        }
        Throwable cause = why.cause();
        boolean needless;
        lock.lock();
        try {
            needless = stop != null && (stop.kind() == Stop.Kind.SATISFIED || stop.kind() == Stop.Kind.HOPELESS);
            if (stop != null && cause != stop.cause() && !Interrupts.isEffect(cause)) {
                others.add(cause);
            }
        } finally {
            lock.unlock();
        }
        if (needless && cause instanceof Error) {
            LOG.error("a task of {} failed that was cancelled because its result was not needed", settings.name, cause);
        }
    }

    /** Keeps failures that did not stop the call beside the one that did. */
    void alsoFailed(FailureList failures) {
        lock.lock();
        try {
            others.addAll(failures);
        } finally {
            lock.unlock();
        }
    }

    /** Why the call was stopped, or null if it was not. */
    @Nullable
    Stop whyStopped() {
        lock.lock();
        try {
            return stop;
        } finally {
            lock.unlock();
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
     * Waits until nobody works any more. Stops the call when the deadline passes or the thread is interrupted.
     *
     * @return whether the thread was interrupted meanwhile
     */
    boolean await() {
        waiting.add(Thread.currentThread());
        boolean interruptedHere = false;
        Patience patience = new Patience(settings.patience, TimeSource.system()); // it is about real threads
        // From the look at the state to the park no lock is taken: to wait for one would use up a wakeup that came
        // since.
        while (!state.isOver()) {
            boolean stopped = state.isStopped();
            if (Thread.interrupted()) {
                interruptedHere = true;
                callerInterrupted();
            } else if (stopped) {
                if (patience.parkOrTell(this)) {
                    warn();
                }
            } else {
                parkUntilDeadline();
            }
        }
        waiting.remove(Thread.currentThread());
        if (timer != null) {
            timer.stop();
        }
        return interruptedHere;
    }

    private void parkUntilDeadline() {
        try {
            if (settings.deadline.isExpired()) {
                stop(deadlinePassed());
            } else {
                settings.deadline.parkUntilExpired(this);
            }
        } catch (Throwable broken) { // by the clock, as that of tests may: the workers must be joined all the same
            failed(Stop.failed(broken));
        }
    }

    /** Whether the current thread is one of those that work for the call. */
    boolean isWorker() {
        for (int i = roster.size() - 1; i >= 0; i--) {
            if (roster.get(i).leash.thread() == Thread.currentThread()) {
                return true;
            }
        }
        return false;
    }

    /** Tells whom the call waits for. */
    private void warn() {
        for (int i = roster.size() - 1; i >= 0; i--) {
            Thread thread = roster.get(i).leash.thread();
            if (thread != null) {
                LOG.warn("{} waits for a task that ignores its interrupt, in {}", settings.name, thread);
            }
        }
    }

    /** Stops the call at its deadline when the caller cannot, because it is elsewhere. */
    void watchDeadline() {
        if (!settings.deadline.isNever()) {
            Thread.ofVirtual().name(settings.name + "-deadline").start(() -> {
                waiting.add(Thread.currentThread());
                while (!state.isOver() && !state.isStopped()) {
                    if (settings.deadline.isExpired()) {
                        stop(deadlinePassed());
                    } else {
                        settings.deadline.parkUntilExpired(this);
                    }
                }
                waiting.remove(Thread.currentThread());
            });
        }
    }

    /**
     * Throws what ended the call early, if something did that the caller did not want.
     *
     * @param mayTimeOut whether the deadline is something that the caller finds in the results
     */
    @SuppressWarnings("unchecked") // the only checked exceptions that get here are the function's
    <X extends Throwable> void throwIfFailed(boolean mayTimeOut) throws X, InterruptedException {
        Stop why = whyStopped();
        if (why == null) {
            return;
        }
        if (interrupted) {
            InterruptedException interrupt = new InterruptedException();
            if (why.kind() == Stop.Kind.FAILED && !(why.cause() instanceof InterruptedException)) {
                interrupt.addSuppressed(why.cause());
            }
            lock.lock();
            try {
                others.addTo(interrupt);
            } finally {
                lock.unlock();
            }
            throw interrupt;
        }
        switch (why.kind()) {
            case SATISFIED, HOPELESS, INTERRUPTED -> {}
            case TIMED_OUT -> {
                if (!mayTimeOut) {
                    throw (X) told(Stop.cancellation(why.cause()));
                }
            }
            case FAILED -> throw (X) told(why.cause());
        }
    }

    /** What {@link #throwIfFailed} throws, for a stream, which throws nothing checked. */
    RuntimeException failureOfStream() {
        try {
            this.<Throwable>throwIfFailed(false);
            return new CancellationException("the stream was closed");
        } catch (InterruptedException interrupt) {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            CancellationException cancellation = new CancellationException("interrupted");
            cancellation.initCause(interrupt);
            return cancellation;
        } catch (RuntimeException failure) {
            return failure;
        } catch (Error error) {
            throw error;
        } catch (Throwable checked) { // of a source or a task that hides it from the compiler
            return new CompletionException(checked);
        }
    }

    private Throwable told(Throwable cause) {
        lock.lock();
        try {
            others.attachTo(cause, settings.name);
            return cause;
        } finally {
            lock.unlock();
        }
    }
}

package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.SlowJoinWarning;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task on a virtual thread of its own, which one caller waits for.
 *
 * <pre>
 *   RUNNING --the task returns or throws--&gt; ENDED
 *      \---the deadline passes--&gt; EXPIRED
 * </pre>
 *
 * <p>Nobody but the caller and the deadline's timer interrupts the thread, and nobody interrupts the caller on the
 * task's behalf: there is no interrupt that could come too late and hit something else. The timer interrupts the task,
 * and not the caller, since a caller on a virtual thread may have no carrier at that time.
 */
final class JoinedTask<T extends @Nullable Object> implements Runnable {
    /** Why the wait for a task ended. */
    enum End {
        RETURNED,
        INTERRUPTED,
        EXPIRED
    }

    private enum State {
        RUNNING,
        ENDED,
        EXPIRED
    }

    private static final Logger LOG = LoggerFactory.getLogger(Timeouts.class);

    private final ThrowingSupplier<T, ?> task;
    private final Thread caller = Thread.currentThread();
    private final Contexts.Snapshot context;
    private final @Nullable ScopeRun scope = ScopeContext.innermost();
    private final @Nullable Places held = Places.held();
    private final Thread thread;
    private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
    private @Nullable T result;
    private @Nullable Throwable failure;

    /** When the caller began to wait, or 0; its own, and read racily by what describes the wait. */
    private int waitsSince;

    /** Volatile, written last and read first: publishes the two above. */
    private volatile boolean ended;

    JoinedTask(String name, Contexts contexts, ThrowingSupplier<T, ?> task) {
        this.context = contexts.capture();
        this.task = task;
        this.thread = Threads.virtual(name, this);
    }

    @Override
    public void run() {
        Throwable thrown = null;
        try {
            context.install(); // not put back: the thread ends with the task
            ScopeContext.set(scope);
            Places.set(held);
            result = context.surrounds() ? context.surround(task::get) : task.get();
        } catch (Throwable failed) {
            thrown = failed;
        }
        try {
            IllegalStateException forgotten = ScopeContext.closeForgotten(scope);
            if (forgotten != null && thrown != null) {
                Suppressed.attachOrLog(thrown, forgotten, thread.getName(), LOG);
            }
            failure = thrown != null ? thrown : forgotten;
        } finally {
            state.compareAndSet(State.RUNNING, State.ENDED);
            ended = true;
            LockSupport.unpark(caller);
        }
    }

    /**
     * Starts the task and waits until it has ended; interrupts it at the deadline and when the caller is interrupted.
     *
     * @return why the task was interrupted: an interrupt of the caller also if it came after the deadline
     */
    End runUntil(Deadline deadline, Duration patience, TimeSource patienceTime) {
        TimeSource.ScheduledTask timer = deadline.schedule(this::expire);
        try {
            thread.start();
            waitsSince = WaitText.now();
            return await(new SlowJoinWarning(
                    patience,
                    patienceTime,
                    () -> LOG.warn("{} waits for a task that ignores its interrupt, in {}", caller, thread)));
        } finally {
            timer.cancel();
        }
    }

    private End await(SlowJoinWarning slow) {
        boolean interrupted = false;
        while (!ended) {
            Waiter.End end = interrupted || isExpired()
                    ? slow.await(() -> ended, this)
                    : Waiter.await(() -> ended || isExpired(), this, Deadline.never());
            if (end == Waiter.End.INTERRUPTED && Thread.interrupted()) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            return End.INTERRUPTED;
        }
        return isExpired() ? End.EXPIRED : End.RETURNED;
    }

    private void expire() {
        if (state.compareAndSet(State.RUNNING, State.EXPIRED)) {
            thread.interrupt();
            LockSupport.unpark(caller);
        }
    }

    private boolean isExpired() {
        return state.get() == State.EXPIRED;
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        return thread.getName() + ": the end of its task"
                + (isExpired() ? ", whose time is over" : "")
                + WaitText.sole(caller, waitsSince);
    }

    /** Starts the task and waits until it has ended. If the caller is interrupted, its status is set then. */
    void runShielded() {
        thread.start();
        waitsSince = WaitText.now();
        Waiter.awaitUninterruptibly(() -> ended, this, Deadline.never());
    }

    /**
     * Adds what the task threw, if it did, or else releases what it returned.
     *
     * @param undelivered releases a result, or null
     */
    @SuppressWarnings("NullAway") // without a failure it is what the task returned, null included
    <E extends Throwable> E insteadOfResult(E stopped, @Nullable Consumer<? super T> undelivered) {
        Throwable thrown = failure;
        if (thrown != null) {
            Suppressed.attachOrLog(stopped, thrown, thread.getName(), LOG);
        } else if (undelivered != null) {
            Callbacks.run(LOG, "the release of a result of " + thread.getName(), () -> undelivered.accept(result));
        }
        return stopped;
    }

    /** Returns what the task returned, or else throws what it threw, with a trace of the caller. */
    @SuppressWarnings({"unchecked", "NullAway"}) // X is the task's; without a failure the result is of its type
    <X extends Throwable> T result() throws X {
        Throwable thrown = failure;
        if (thrown == null) {
            return result;
        }
        Suppressed.attachCaller(thrown, thread.getName());
        throw (X) thrown;
    }
}

package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.LoggingContext;
import dev.weir.core.internal.TraceException;
import dev.weir.core.internal.wait.Patience;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task on a virtual thread of its own, which one caller waits for.
 *
 * <pre>
 *   RUNNING --the task returns or throws--&gt; ENDED
 * </pre>
 *
 * <p>The caller alone interrupts the thread, and nobody interrupts the caller on the task's behalf: there is no interrupt
 * that could come too late and hit something else.
 */
final class JoinedTask<T extends @Nullable Object> implements Runnable {
    /** Why a task was interrupted. */
    enum Stop {
        NONE,
        INTERRUPT,
        DEADLINE,
        BROKEN
    }

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MOST_SUPPRESSED = 64;

    private final String name;
    private final ThrowingSupplier<T, ?> task;
    private final Thread caller = Thread.currentThread();
    private final LoggingContext loggingContext = LoggingContext.ofThisThread();
    private final @Nullable ScopeRun scope = ScopeContext.innermost();
    private final Thread thread;
    private @Nullable T result;
    private @Nullable Throwable failure;

    /** What the clock threw; of the caller alone. */
    private @Nullable Throwable broken;

    /** Volatile, written last and read first: publishes the two above. */
    private volatile boolean ended;

    private JoinedTask(String name, ThrowingSupplier<T, ?> task) {
        this.name = name;
        this.task = task;
        this.thread = Thread.ofVirtual().name(name).unstarted(this);
    }

    static <T extends @Nullable Object> JoinedTask<T> start(String name, ThrowingSupplier<T, ?> task) {
        JoinedTask<T> solo = new JoinedTask<>(name, task);
        solo.thread.start();
        return solo;
    }

    @Override
    public void run() {
        Throwable thrown = null;
        try {
            loggingContext.set();
            ScopeContext.set(scope);
            result = task.get();
        } catch (Throwable failed) {
            thrown = failed;
        }
        try {
            IllegalStateException forgotten = ScopeContext.closeForgotten(scope);
            if (forgotten != null && thrown != null) {
                thrown.addSuppressed(forgotten);
            }
            failure = thrown != null ? thrown : forgotten;
        } finally {
            ended = true;
            LockSupport.unpark(caller);
        }
    }

    /**
     * Waits until the task has ended, and interrupts it at the deadline and when the caller is interrupted.
     *
     * @return why the task was interrupted: an interrupt of the caller also if it came after the deadline
     */
    Stop awaitUntil(Deadline deadline, Patience patience) {
        Stop stop = Stop.NONE;
        // The look is a volatile read, so that it and the park have no lock between them.
        while (!ended) {
            if (Thread.interrupted()) {
                stop = Stop.INTERRUPT;
                thread.interrupt();
            } else if (stop != Stop.NONE) {
                if (patience.parkOrTell(this)) {
                    warn();
                }
            } else {
                stop = parkUntil(deadline);
            }
        }
        return stop;
    }

    private Stop parkUntil(Deadline deadline) {
        Stop stop = Stop.DEADLINE;
        try {
            if (!deadline.isExpired()) {
                deadline.parkUntilExpired(this);
                return Stop.NONE;
            }
        } catch (RuntimeException | Error failed) {
            broken = failed; // the clock, as that of tests may: the task must be joined all the same
            stop = Stop.BROKEN;
        }
        thread.interrupt();
        return stop;
    }

    /** Adds what the task threw, and what the clock did, if they did. */
    <E extends Throwable> E suppressedBy(E stopped) {
        for (Throwable other : Arrays.asList(failure, broken)) {
            if (other != null && other != stopped) {
                stopped.addSuppressed(other);
            }
        }
        return stopped;
    }

    /** Throws what the clock threw. */
    void throwBroken() {
        if (broken instanceof Error error) {
            throw suppressedBy(error);
        }
        if (broken instanceof RuntimeException exception) {
            throw suppressedBy(exception);
        }
    }

    /** Waits until the task has ended, whoever interrupts the caller, who finds its interrupt status set then. */
    void awaitShielded() {
        boolean interrupted = false;
        while (!ended) {
            if (Thread.interrupted()) {
                interrupted = true; // kept for later, or the park would return at once
            } else {
                LockSupport.park(this);
            }
        }
        if (interrupted) {
            caller.interrupt();
        }
    }

    private void warn() {
        Logger log = LoggerFactory.getLogger(Timeouts.class);
        log.warn("{} waits for a task that ignores its interrupt, in {}", caller, thread);
    }

    /** What the task returned, or else throws what it threw, with a trace of the caller. */
    @SuppressWarnings({"unchecked", "NullAway"}) // X is the task's; without a failure the result is of its type
    <X extends Throwable> T result() throws X {
        Throwable thrown = failure;
        if (thrown == null) {
            return result;
        }
        if (thrown.getSuppressed().length < MOST_SUPPRESSED) { // or it is shared between calls, and is not to grow
            thrown.addSuppressed(new TraceException("in " + name + ", called from", true));
        }
        throw (X) thrown;
    }

    static Patience patience() {
        return new Patience(PATIENCE, TimeSource.system());
    }
}

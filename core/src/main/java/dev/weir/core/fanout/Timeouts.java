package dev.weir.core.fanout;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Runs a task that must not take too long.
 *
 * {@snippet file="dev/weir/core/fanout/FanOutSnippets.java" region="timeout"}
 *
 * <p>The task runs on a virtual thread of its own while the caller waits. So its interrupt cannot leak into the caller,
 * nor the caller's into it, which no in-thread timeout can promise. The task has the caller's logging context ({@link
 * MDC}) and inheritable thread-locals, but not its other thread-locals and locks.
 *
 * <p>When the call has returned or thrown, the task has ended: after a timeout the task is interrupted and waited for,
 * so a task that ignores its interrupt makes the call late. What the caller does before the call happens-before the
 * task, and the task happens-before the call's return.
 */
public final class Timeouts {
    private Timeouts() {}

    /**
     * Runs a task for at most so long.
     *
     * @param timeout how long, positive
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the task failed: what it threw
     * @throws TimeoutException if the task took longer; what it threw when it was interrupted is suppressed
     * @throws InterruptedException if the calling thread is interrupted before or during the call; the task is
     *     interrupted, too, and has ended. Or if the task threw it of its own accord
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public static <T extends @Nullable Object, X extends Throwable> T call(
            Duration timeout, ThrowingSupplier<T, X> task) throws X, TimeoutException, InterruptedException {
        return call(timeout, TimeSource.system(), task);
    }

    /**
     * Runs a task for at most so long on the given clock.
     *
     * @param timeout how long, positive
     * @param time the clock
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the task failed: what it threw
     * @throws TimeoutException if the task took longer; what it threw when it was interrupted is suppressed
     * @throws InterruptedException if the calling thread is interrupted before or during the call; the task is
     *     interrupted, too, and has ended. Or if the task threw it of its own accord
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    @SuppressWarnings("unchecked") // a checked exception other than InterruptedException can only be the task's X
    public static <T extends @Nullable Object, X extends Throwable> T call(
            Duration timeout, TimeSource time, ThrowingSupplier<T, X> task)
            throws X, TimeoutException, InterruptedException {
        Checks.positive(timeout, "timeout");
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(task, "task");
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Deadline deadline = Deadline.after(timeout, time);
        Running<T> running = new Running<>(task);
        Thread thread = Thread.ofVirtual().name("weir-timeout").start(running);
        boolean interrupted = false;
        boolean expired = false;
        while (!running.ended) {
            if (Thread.interrupted()) {
                interrupted = true;
                thread.interrupt();
            } else if (!interrupted && !expired && deadline.isExpired()) {
                expired = true;
                thread.interrupt();
            } else if (interrupted || expired) {
                LockSupport.park(running);
            } else {
                deadline.parkUntilExpired(running);
            }
        }
        Throwable failure = running.failure;
        if (interrupted || expired) {
            Exception stopped =
                    interrupted ? new InterruptedException() : new TimeoutException("took longer than " + timeout);
            if (failure != null) {
                stopped.addSuppressed(failure);
            }
            throw (X) stopped;
        }
        if (failure != null) {
            throw (X) failure;
        }
        return running.result();
    }

    private static final class Running<T extends @Nullable Object> implements Runnable {
        private final ThrowingSupplier<T, ?> task;
        private final Thread caller = Thread.currentThread();
        private final @Nullable Map<String, String> loggingContext = MDC.getCopyOfContextMap();
        private @Nullable T result;
        private @Nullable Throwable failure;

        /** Written last, and read first: publishes the two above. */
        private volatile boolean ended;

        Running(ThrowingSupplier<T, ?> task) {
            this.task = task;
        }

        @Override
        public void run() {
            if (loggingContext != null) {
                MDC.setContextMap(loggingContext);
            }
            try {
                result = task.get();
            } catch (Throwable thrown) {
                failure = thrown;
            } finally {
                ended = true;
                LockSupport.unpark(caller);
            }
        }

        @SuppressWarnings("NullAway") // without a failure it is what the task returned, null included
        T result() {
            return result;
        }
    }
}

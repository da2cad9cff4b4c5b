package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.wait.Patience;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task that must not take too long.
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="timeout"}
 *
 * <p>The task runs on a virtual thread of its own while the caller waits. So its interrupt cannot leak into the caller,
 * nor the caller's into it, which no in-thread timeout can promise. The task has the caller's logging context ({@link
 * org.slf4j.MDC}) and inheritable thread-locals, but not its other thread-locals and locks, and it may fork into the {@link TaskScope}
 * that the caller is in. What it throws has a trace of the caller's stack as a suppressed exception.
 *
 * <p>When the call has returned or thrown, the task has ended: after a timeout the task is interrupted and waited for,
 * so a task that ignores its interrupt makes the call late, and after 10 s of that the log says so at WARN. What the caller does before the call happens-before the
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
    public static <T extends @Nullable Object, X extends Throwable> T call(
            Duration timeout, TimeSource time, ThrowingSupplier<T, X> task)
            throws X, TimeoutException, InterruptedException {
        Checks.positive(timeout, "timeout");
        Objects.requireNonNull(time, "time");
        return call("took longer than " + timeout, Deadline.after(timeout, time), JoinedTask.patience(), task);
    }

    /**
     * Runs a task until a deadline at most, on the deadline's clock.
     *
     * @param deadline until when; if it has passed, the task is not started
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the task failed: what it threw
     * @throws TimeoutException if the deadline passed before the task ended; what it threw when it was interrupted is
     *     suppressed
     * @throws InterruptedException if the calling thread is interrupted before or during the call; the task is
     *     interrupted, too, and has ended. Or if the task threw it of its own accord
     */
    public static <T extends @Nullable Object, X extends Throwable> T call(
            Deadline deadline, ThrowingSupplier<T, X> task) throws X, TimeoutException, InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        return call("was not done at its deadline", deadline, JoinedTask.patience(), task);
    }

    static <T extends @Nullable Object, X extends Throwable> T call(
            String tooLate, Deadline deadline, Patience patience, ThrowingSupplier<T, X> task)
            throws X, TimeoutException, InterruptedException {
        Objects.requireNonNull(task, "task");
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (deadline.isExpired()) {
            throw new TimeoutException(tooLate);
        }
        JoinedTask<T> running = JoinedTask.start("weir-timeout", task);
        JoinedTask.Stop stop = running.awaitUntil(deadline, patience);
        switch (stop) {
            case NONE -> {}
            case INTERRUPT -> throw running.suppressedBy(new InterruptedException("interrupted in Timeouts.call"));
            case DEADLINE -> throw running.suppressedBy(new TimeoutException(tooLate));
            case BROKEN -> running.throwBroken();
        }
        return running.<X>result();
    }
}

package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task with a time limit: {@link TimeLimit} in one expression.
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="timeout"}
 *
 * <p>The task runs on a virtual thread of its own while the caller waits. So its interrupt cannot leak into the caller,
 * nor the caller's into it, which no in-thread timeout can promise. The task has what is {@linkplain TimeLimit#context
 * carried} from the caller, but not its other thread-locals, context class loader and locks, and it may fork into the
 * {@link TaskScope} that the caller is in. What it throws has a trace of the caller's stack as a suppressed exception.
 *
 * <p>When the call has returned or thrown, the task has ended: after a timeout the task is interrupted and waited for,
 * so a task that ignores its interrupt makes the call late, and after 10 s of that it is logged at WARN. The interrupt
 * is on time also when computations keep all carriers of virtual threads busy. What the task returns after that is
 * dropped, so a task that opens something must close it itself when it is interrupted, unless
 * {@link TimeLimit#call(ThrowingSupplier, java.util.function.Consumer)} releases it.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> The caller waits until the task has ended.
 * <b>Interruption.</b> An interrupt of the caller interrupts the task, and {@link InterruptedException} is thrown when
 * it has ended. <b>Fairness.</b> None is needed. <b>Memory effects.</b> What the caller does before the call
 * happens-before the task, and the task happens-before the call's return.
 *
 * <p><b>What time limits throw.</b> A limit of one task is a checked exception, which the caller has to handle; a limit
 * of a whole call, which keeps the checked type of its tasks, is unchecked:
 *
 * <ul>
 *   <li>{@code Timeouts.call} throws the {@link TimeoutException} itself.
 *   <li>{@link dev.weir.core.fanout.FanOut} and {@link TaskScope#join}, at their deadline and for an item that takes
 *       too long, throw a {@link java.util.concurrent.CancellationException} whose cause is the
 *       {@code TimeoutException}.
 *   <li>Where each task's end is a value, it is an {@link dev.weir.core.Outcome.Cancelled} whose cause is the
 *       {@code TimeoutException}.
 * </ul>
 */
public final class Timeouts {
    private Timeouts() {}

    /**
     * Runs a task with a time limit.
     *
     * @param timeout the limit, positive
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
        return TimeLimit.of(timeout).<T, X>call(task);
    }

    /**
     * Runs a task with a time limit on the given clock.
     *
     * @param timeout the limit, positive
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
        return TimeLimit.of(timeout, time).<T, X>call(task);
    }

    /**
     * Runs a task with a deadline, on the deadline's clock.
     *
     * @param deadline the limit; if it has passed, the task is not started
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
        return TimeLimit.until(deadline).<T, X>call(task);
    }
}

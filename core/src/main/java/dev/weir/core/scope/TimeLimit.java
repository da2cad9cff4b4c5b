package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A time limit for tasks, with settings: what is carried to the task, and what is done with a result that comes too
 * late. How a limited task runs, and what limits throw, is said at {@link Timeouts}.
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="limit"}
 *
 * <p><b>Thread-safety.</b> Immutable: one may be kept and used for any number of calls.
 *
 * <p><b>Blocking.</b> {@code call} and {@code run} wait until the task has ended. <b>Interruption.</b> An interrupt of
 * the caller interrupts the task, and {@link InterruptedException} is thrown when it has ended. <b>Fairness.</b> None
 * is needed. <b>Memory effects.</b> What the caller does before the call happens-before the task, and the task
 * happens-before the call's return.
 */
public final class TimeLimit {
    private final String tooLate;
    private final Supplier<Deadline> deadline;
    private final Contexts contexts;
    private final Duration patience;
    private final TimeSource patienceTime;

    private TimeLimit(
            String tooLate,
            Supplier<Deadline> deadline,
            Contexts contexts,
            Duration patience,
            TimeSource patienceTime) {
        this.tooLate = tooLate;
        this.deadline = deadline;
        this.contexts = contexts;
        this.patience = patience;
        this.patienceTime = patienceTime;
    }

    private static TimeLimit of(String tooLate, Supplier<Deadline> deadline) {
        return new TimeLimit(tooLate, deadline, Contexts.byDefault(), Duration.ofSeconds(10), TimeSource.system());
    }

    /**
     * Limits how long each call takes.
     *
     * @param timeout the limit of each call, positive
     * @return the limit
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public static TimeLimit of(Duration timeout) {
        return of(timeout, TimeSource.system());
    }

    /**
     * Limits how long each call takes, on the given clock.
     *
     * @param timeout the limit of each call, positive
     * @param time the clock
     * @return the limit
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public static TimeLimit of(Duration timeout, TimeSource time) {
        Checks.positive(timeout, "timeout");
        Objects.requireNonNull(time, "time");
        return of("took longer than " + timeout, () -> Deadline.after(timeout, time));
    }

    /**
     * Limits calls by a deadline, on the deadline's clock. Once it has passed, no task is started.
     *
     * @param deadline the limit of all calls
     * @return the limit
     */
    public static TimeLimit until(Deadline deadline) {
        Objects.requireNonNull(deadline, "deadline");
        return of("was not done at its deadline", () -> deadline);
    }

    /**
     * What is carried from the caller to the task, in place of {@link ContextCarrier#defaults()}.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return a limit that does so
     */
    public TimeLimit context(ContextCarrier... carriers) {
        Contexts own = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return new TimeLimit(tooLate, deadline, own, patience, patienceTime);
    }

    /** How long to wait for an interrupted task before the log says so; for tests. */
    TimeLimit patience(Duration patience, TimeSource time) {
        return new TimeLimit(tooLate, deadline, contexts, patience, time);
    }

    /**
     * Runs a task with this limit. What the task returns too late is dropped.
     *
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the task failed: what it threw
     * @throws TimeoutException if the task took longer; what it threw when it was interrupted is suppressed
     * @throws InterruptedException if the calling thread is interrupted before or during the call; the task is
     *     interrupted, too, and has ended. Or if the task threw it of its own accord
     */
    public <T extends @Nullable Object, X extends Throwable> T call(ThrowingSupplier<T, X> task)
            throws X, TimeoutException, InterruptedException {
        return this.<T, X>run(task, null);
    }

    /**
     * Runs a task with this limit, and releases what it returns too late.
     *
     * @param task the task
     * @param onUndelivered releases what the task returned though it was interrupted; called by the calling thread
     *     before this method throws. What it throws is logged at ERROR
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the task failed: what it threw
     * @throws TimeoutException if the task took longer; what it threw when it was interrupted is suppressed
     * @throws InterruptedException if the calling thread is interrupted before or during the call; the task is
     *     interrupted, too, and has ended. Or if the task threw it of its own accord
     */
    public <T extends @Nullable Object, X extends Throwable> T call(
            ThrowingSupplier<T, X> task, Consumer<? super T> onUndelivered)
            throws X, TimeoutException, InterruptedException {
        return this.<T, X>run(task, Objects.requireNonNull(onUndelivered, "onUndelivered"));
    }

    private <T extends @Nullable Object, X extends Throwable> T run(
            ThrowingSupplier<T, X> task, @Nullable Consumer<? super T> undelivered)
            throws X, TimeoutException, InterruptedException {
        Objects.requireNonNull(task, "task");
        Interrupts.throwIfInterrupted();
        Deadline until = deadline.get();
        if (until.isExpired()) {
            throw new TimeoutException(tooLate);
        }
        JoinedTask<T> running = new JoinedTask<>("weir-timeout", contexts, task);
        switch (running.runUntil(until, patience, patienceTime)) {
            case RETURNED -> {}
            case INTERRUPTED ->
                throw running.insteadOfResult(
                        new InterruptedException("interrupted while a task with a time limit ran"), undelivered);
            case EXPIRED -> throw running.insteadOfResult(new TimeoutException(tooLate), undelivered);
        }
        return running.<X>result();
    }

    @Override
    public String toString() {
        return "TimeLimit[" + tooLate + "]";
    }
}

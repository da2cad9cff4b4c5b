package dev.weir.retry;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One call of a {@link Hedge} whose attempts give stages. What happens is decided under the lock and done outside of
 * it, by the thread that decided it; nothing is decided once the call is {@link #over}.
 *
 * <p>What a timer wakes goes on by {@link AttemptThreads}, with the caller's context. The {@link RunFuture} stops the
 * call when the future is completed, by us or by others, before any dependent runs.
 *
 * @param <T> the type of the result
 */
final class HedgeStages<T extends @Nullable Object> implements RunFuture.Run {
    private final TimeSource time;
    private final HedgeDelay delay;
    private final Duration delayTime;
    private final @Nullable RetryBudget budget;
    private final @Nullable RetryScope scope;
    private final HedgeReport report;
    private final boolean countsCalls;
    private final ThrowingSupplier<? extends CompletionStage<? extends T>, ?> task;
    private final RunFuture<T> result = new RunFuture<>(this);
    private final RunContext context;
    private long begun;

    /** Guards what follows; never held while foreign code runs. */
    private final PromptLock lock = new PromptLock();

    private final List<AttemptStage<T>> running = new ArrayList<>(2);
    private final List<ScheduledTask> timers = new ArrayList<>(2);

    private final HedgeFailures failures = new HedgeFailures();
    private int startsLeft;
    private int started;

    private boolean over;

    HedgeStages(
            Hedge hedge,
            @Nullable RetryBudget budget,
            @Nullable RetryScope scope,
            boolean countsCalls,
            ThrowingSupplier<? extends CompletionStage<? extends T>, ?> task) {
        this.time = hedge.time;
        this.context = new RunContext(hedge.contexts);
        this.delay = hedge.delay;
        this.delayTime = Duration.ofNanos(hedge.delay.nanos());
        this.report = hedge.report;
        this.startsLeft = hedge.maxAttempts;
        this.budget = budget;
        this.scope = scope;
        this.countsCalls = countsCalls;
        this.task = task;
    }

    CompletableFuture<T> start(long maxNanos) {
        try {
            begun = delay.isMeasured() ? time.nanoTime() : 0;
            if (budget != null && countsCalls) {
                budget.requested();
            }
            attempt();
            // What is over by now, as an attempt that has its result at hand, needs no timers.
            if (maxNanos != RunLimit.UNLIMITED) {
                schedule(() -> expire(maxNanos), Duration.ofNanos(maxNanos), false);
            }
            schedule(this::hedge, delayTime, true);
        } finally {
            context.returned();
        }
        return result;
    }

    /** Makes an attempt; false if the call is over and it has not been made. */
    private boolean attempt() {
        int number;
        AttemptStage<T> attempt;
        lock.lock();
        try {
            if (over) {
                return false;
            }
            startsLeft--;
            number = ++started;
            attempt =
                    new AttemptStage<>(report, context, (self, value, failure) -> settle(self, number, value, failure));
            running.add(attempt);
        } finally {
            lock.unlock();
        }
        try {
            attempt.await(Objects.requireNonNull(task.get(), "the task's stage"));
        } catch (Throwable thrown) {
            if (number == 1 && thrown instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // it was the caller's, who gets a future and no exception
            }
            attempt.fail(thrown);
        }
        report.made(number);
        return true;
    }

    /** An attempt's stage has ended, unless the attempt is over already. */
    private void settle(AttemptStage<T> attempt, int number, @Nullable T value, @Nullable Throwable thrown) {
        @Nullable Throwable unwrapped = thrown == null ? null : Causes.unwrapped(thrown);
        boolean ends = unwrapped == null || FailureRules.endsCall(unwrapped);
        boolean overtaken;
        boolean byTime;
        lock.lock();
        try {
            if (!running.remove(attempt) && !over) { // it ends twice
                return;
            }
            overtaken = over;
            byTime = failures.isEmpty();
            if (unwrapped != null && !over) {
                failures.note(unwrapped, ends);
                if (!ends && !running.isEmpty()) {
                    return;
                }
            }
            over = true;
        } finally {
            lock.unlock();
        }
        if (overtaken) {
            attempt.dropped(value, unwrapped);
        } else if (unwrapped == null) {
            context.run(() -> succeed(number, value, byTime));
        } else {
            context.run(this::fail);
        }
    }

    @SuppressWarnings("NullAway") // it is what the stage gave, null included
    private void succeed(int number, @Nullable T value, boolean byTime) {
        try {
            if (byTime && delay.isMeasured()) { // and not because the first attempt failed
                delay.record(time.nanoTime() - begun);
            }
            if (budget != null && countsCalls) {
                budget.succeeded();
            }
        } catch (Throwable broken) { // a clock that fails
            result.completeExceptionally(broken);
            report.lost(value);
            return;
        }
        if (result.complete(value)) {
            report.won(number);
        } else {
            report.lost(value);
        }
    }

    /** The failures do not change any more, as the call is over. */
    private void fail() {
        result.completeExceptionally(failures.outcome());
    }

    /** It is time for another attempt. */
    private void hedge() {
        if (scope != null && scope.isShutdown()) {
            return; // what runs, runs on
        }
        long paid;
        try {
            paid = budget == null ? 0 : budget.take(null);
        } catch (Throwable broken) {
            result.completeExceptionally(broken);
            return;
        }
        if (paid < 0) {
            return; // what runs, runs on
        }
        if (attempt()) {
            schedule(this::hedge, delayTime, true);
        } else if (budget != null) {
            budget.giveBack(paid);
        }
    }

    private void expire(long maxNanos) {
        result.completeExceptionally(
                new AttemptTimeoutException(new TimeoutException("was not done within " + Duration.ofNanos(maxNanos))));
    }

    private void schedule(Runnable event, Duration after, boolean forAttempt) {
        lock.lock();
        try {
            if (over || (forAttempt && startsLeft == 0)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        ScheduledTask timer;
        try {
            timer = time.schedule(() -> AttemptThreads.goOn(() -> context.run(event)), after);
        } catch (Throwable broken) {
            result.completeExceptionally(broken);
            return;
        }
        boolean late;
        lock.lock();
        try {
            late = over;
            timers.add(timer);
        } finally {
            lock.unlock();
        }
        if (late) {
            timer.cancel();
        }
    }

    @Override
    public @Nullable Runnable stop(@Nullable Throwable cause) {
        List<AttemptStage<T>> losers;
        List<ScheduledTask> pending;
        lock.lock();
        try {
            over = true;
            losers = List.copyOf(running);
            running.clear();
            pending = List.copyOf(timers);
            timers.clear();
        } finally {
            lock.unlock();
        }
        pending.forEach(ScheduledTask::cancel); // first, as to cancel a stage runs the code of its dependents
        losers.forEach(AttemptStage::abandon);
        return null;
    }
}

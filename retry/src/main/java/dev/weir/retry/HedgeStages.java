package dev.weir.retry;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of a {@link Hedge} whose attempts give stages. What happens is decided under the lock and done outside of it,
 * by whoever decided it; nothing is decided once the call is {@link #over}.
 *
 * @param <T> the type of the result
 */
final class HedgeStages<T extends @Nullable Object> {
    private static final Logger LOG = LoggerFactory.getLogger(Hedge.class);

    private final TimeSource time;
    private final HedgeDelay delay;
    private final Duration delayTime;
    private final @Nullable RetryBudget budget;
    private final boolean countsCalls;
    private final ThrowingSupplier<? extends CompletionStage<? extends T>, ?> task;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private long begun;

    /** Guards what follows; never held while foreign code runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<CompletionStage<?>> running = new ArrayList<>(2);
    private final List<ScheduledTask> timers = new ArrayList<>(2);
    private final List<Throwable> failures = new ArrayList<>(2);
    private int startsLeft;

    /** Attempts that have begun and neither given a result nor failed. */
    private int unsettled;

    private boolean over;

    HedgeStages(
            Hedge hedge,
            @Nullable RetryBudget budget,
            boolean countsCalls,
            ThrowingSupplier<? extends CompletionStage<? extends T>, ?> task) {
        this.time = hedge.time;
        this.delay = hedge.delay;
        this.delayTime = Duration.ofNanos(hedge.delay.nanos());
        this.startsLeft = hedge.maxAttempts;
        this.budget = budget;
        this.countsCalls = countsCalls;
        this.task = task;
    }

    CompletableFuture<T> start(long maxNanos) {
        begun = delay.isMeasured() ? time.nanoTime() : 0;
        if (budget != null && countsCalls) {
            budget.requested();
        }
        var unused = result.whenComplete((value, failure) -> end());
        attempt(true);
        // What is over by now, as an attempt that has its result at hand, needs no timers.
        if (maxNanos != Nanos.UNLIMITED) {
            schedule(() -> expire(maxNanos), Duration.ofNanos(maxNanos), false);
        }
        schedule(this::hedge, delayTime, true);
        return result;
    }

    /** Makes an attempt; false if the call is over and it has not been made. */
    private boolean attempt(boolean inCaller) {
        lock.lock();
        try {
            if (over) {
                return false;
            }
            startsLeft--;
            unsettled++;
        } finally {
            lock.unlock();
        }
        CompletionStage<? extends T> stage;
        try {
            stage = Objects.requireNonNull(task.get(), "the task's stage");
        } catch (Throwable failure) {
            if (inCaller && failure instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // it was the caller's, who gets a future and no exception
            }
            settle(null, null, failure);
            return true;
        }
        if (!keep(stage)) {
            AsyncStep.cancel(stage);
        }
        try {
            stage.whenComplete((value, failure) -> settle(stage, value, failure));
        } catch (Throwable failure) {
            settle(stage, null, failure);
        }
        return true;
    }

    /** Whether the stage is one to cancel at the call's end; no, if that has come. */
    private boolean keep(CompletionStage<?> stage) {
        lock.lock();
        try {
            if (!over) {
                running.add(stage);
            }
            return !over;
        } finally {
            lock.unlock();
        }
    }

    private void settle(@Nullable CompletionStage<?> stage, @Nullable T value, @Nullable Throwable thrown) {
        @Nullable Throwable failure = thrown == null ? null : Causes.unwrapped(thrown);
        boolean byTime;
        boolean overtaken;
        lock.lock();
        try {
            running.remove(stage);
            unsettled--;
            overtaken = over;
            byTime = failures.isEmpty();
            if (failure != null && !over) {
                boolean ends = FailureRules.isNeverRetried(failure);
                failures.add(ends ? 0 : failures.size(), failure);
                if (!ends && unsettled > 0) {
                    return;
                }
            }
            over = true;
        } finally {
            lock.unlock();
        }
        if (overtaken) {
            if (failure instanceof Error) {
                LOG.error("an attempt that another one had overtaken ended in an error", failure);
            }
        } else if (failure == null) {
            succeed(value, byTime);
        } else {
            fail();
        }
    }

    @SuppressWarnings("NullAway") // it is what the stage gave, null included
    private void succeed(@Nullable T value, boolean byTime) {
        try {
            if (byTime && delay.isMeasured()) { // and not because the first attempt failed
                delay.record(time.nanoTime() - begun);
            }
            if (budget != null && countsCalls) {
                budget.succeeded();
            }
        } catch (Throwable broken) { // a clock that fails
            result.completeExceptionally(broken);
            return;
        }
        result.complete(value);
    }

    /** The list of failures is nobody else's any more, as the call is over. */
    private void fail() {
        Throwable first = failures.remove(0);
        for (Throwable other : failures) {
            RetryDecisions.suppress(first, other);
        }
        result.completeExceptionally(first);
    }

    /** It is time for another attempt. */
    private void hedge() {
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
        if (attempt(false)) {
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
            timer = time.schedule(event, after);
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

    /** The result is complete, by us or by others: nothing of the call may remain. */
    private void end() {
        List<CompletionStage<?>> losers;
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
        pending.forEach(ScheduledTask::cancel);
        losers.forEach(AsyncStep::cancel);
    }
}

package dev.weir.retry;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One run of a task that gives a stage. Where it is stands in one field, {@link #step}:
 *
 * <pre>
 *   DUE --its turn--&gt; ATTEMPT --its stage ended, or its time--&gt; DECIDING
 *   DECIDING --&gt; DELAY --its time--&gt; DECIDING --&gt; DUE
 *
 *   any of them --the result is complete, by us or by others--&gt; ENDED
 * </pre>
 *
 * <p>Each step is an object of its own, and the thread that replaces it, and no other, does what follows. So a stage
 * that ends twice, a timeout that comes with the end, and a cancellation that comes with the timer have one effect. The
 * {@link #decisions} belong to the thread that put DECIDING in place until the next step is there, or to the thread
 * that replaced another step by ENDED. A thread that finds its DECIDING replaced by ENDED does what is left to do.
 *
 * <p>Attempts neither overlap nor nest: one that is due while another is being started waits for its turn, in
 * {@link #turns}, and is made by the thread that starts the other. So attempts that fail at once need no deep stack.
 *
 * <p>What a timer wakes goes on by {@link AttemptThreads}. Everything but what happens within the call itself has the
 * caller's context, by {@link #context}. The {@link RunFuture} stops the run when the future is completed, by us or by
 * others, before any dependent runs.
 *
 * @param <T> the type of the task's results
 * @param <R> the type of the run's result
 */
final class AsyncRun<T extends @Nullable Object, R extends @Nullable Object> implements RunFuture.Run {
    /** What a run that ends by itself completes its future with. */
    interface Ending<T extends @Nullable Object, R extends @Nullable Object> {
        void succeeded(RunFuture<R> result, T value);

        void rejected(RunFuture<R> result, T value);

        void failed(RunFuture<R> result, Throwable failure);
    }

    private static final AsyncStep ENDED = new AsyncStep(AsyncStep.Kind.ENDED);

    private final RetryDecisions decisions;
    private final ThrowingFunction<? super Attempt, ? extends CompletionStage<? extends T>, ?> task;
    private final Ending<T, R> ending;
    private final RunFuture<R> result = new RunFuture<>(this);
    private final RunContext context;
    private final AtomicReference<AsyncStep> step = new AtomicReference<>(new AsyncStep(AsyncStep.Kind.DUE));
    private final AtomicInteger turns = new AtomicInteger();

    /** What the result was completed with; written before the step is. */
    private volatile @Nullable Throwable endedBy;

    // What the attempt before gave. Both belong to the thread that the decisions belong to.
    private @Nullable Throwable previous;
    private @Nullable T rejected;

    AsyncRun(
            RetryDecisions decisions,
            ThrowingFunction<? super Attempt, ? extends CompletionStage<? extends T>, ?> task,
            Ending<T, R> ending) {
        this.ending = ending;
        this.decisions = decisions;
        this.context = new RunContext(decisions.policy.contexts);
        this.task = task;
    }

    CompletableFuture<R> start() {
        try {
            takeTurn();
        } finally {
            context.returned();
        }
        return result;
    }

    @Override
    public @Nullable Runnable stop(@Nullable Throwable failure) {
        endedBy = failure;
        AsyncStep last = step.getAndSet(ENDED);
        if (last == ENDED) {
            return null;
        }
        if (last.kind == AsyncStep.Kind.DELAY || last.kind == AsyncStep.Kind.DUE) {
            decisions.giveBack();
        }
        last.stop();
        return last.kind == AsyncStep.Kind.DECIDING // then the thread that decides sees it
                ? null
                : () -> context.run(() -> decisions.cancelled(failure));
    }

    /** The result was completed by others before a next attempt, which may have been paid for, was made. */
    private void abandon() {
        decisions.giveBack();
        decisions.cancelled(endedBy);
    }

    /** Makes the attempt that is due, here or where an attempt is being started. */
    private void takeTurn() {
        if (turns.getAndIncrement() != 0) {
            return;
        }
        do {
            AsyncStep present = step.get();
            if (present.kind == AsyncStep.Kind.DUE) { // not ended before its turn
                make(present);
            }
        } while (turns.decrementAndGet() != 0);
    }

    private void make(AsyncStep due) {
        boolean inCaller = decisions.number() == 1;
        long limit;
        try {
            limit = decisions.attemptNanos(); // foreign code, which may end the run, so the attempt comes after it
        } catch (Throwable broken) {
            breakOff(due, broken);
            return;
        }
        Attempt known = new Attempt(decisions, previous, rejected); // while the decisions are ours
        AsyncStep attempt = new AsyncStep(AsyncStep.Kind.ATTEMPT);
        AttemptStage<T> stage = new AttemptStage<>(
                HedgeReport.NONE, context, (self, value, failure) -> settle(attempt, value, failure));
        attempt.stage(stage);
        if (!step.compareAndSet(due, attempt)) {
            return;
        }
        long paid = decisions.spend(); // no timer runs yet, and a cancellation now leaves it to us
        try {
            startTimer(attempt, limit);
        } catch (Throwable broken) {
            decisions.giveBack(paid);
            breakOff(attempt, broken);
            return;
        }
        if (step.get() != attempt) { // cancelled, or out of time, before it began: then it need not begin
            decisions.giveBack(paid);
            return;
        }
        try {
            stage.await(Objects.requireNonNull(task.apply(known), "the task's stage"));
        } catch (Throwable failure) {
            if (inCaller && failure instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // it was the caller's, who gets a future and no exception
            }
            stage.fail(failure);
        }
    }

    private void startTimer(AsyncStep attempt, long limit) {
        if (limit != RunLimit.UNLIMITED) {
            Duration timeout = Duration.ofNanos(limit);
            attempt.timer(decisions.time.schedule(() -> goOnWith(() -> expire(attempt, timeout)), timeout));
        }
    }

    /** A timer has fired. */
    private void goOnWith(Runnable next) {
        AttemptThreads.goOn(() -> context.run(next));
    }

    private void expire(AsyncStep attempt, Duration timeout) {
        AsyncStep deciding = new AsyncStep(AsyncStep.Kind.DECIDING);
        if (step.compareAndSet(attempt, deciding)) {
            attempt.stop();
            decide(deciding, null, new AttemptTimeoutException(new TimeoutException("took longer than " + timeout)));
        }
    }

    /** The attempt's stage has ended, unless the attempt is over already. */
    private void settle(AsyncStep attempt, @Nullable T value, @Nullable Throwable failure) {
        AsyncStep deciding = new AsyncStep(AsyncStep.Kind.DECIDING);
        if (step.compareAndSet(attempt, deciding)) {
            attempt.stopTimer();
            @Nullable Throwable unwrapped = failure == null ? null : Causes.unwrapped(failure);
            context.run(() -> decide(deciding, value, unwrapped));
        }
    }

    private void decide(AsyncStep deciding, @Nullable T value, @Nullable Throwable failure) {
        long delay;
        try {
            if (failure == null && decisions.accepts(value, previous)) {
                succeed(deciding, value);
                return;
            }
            previous = failure;
            rejected = value;
            delay = failure == null ? decisions.afterRejection(value) : decisions.afterFailure(failure);
        } catch (Throwable broken) {
            step.set(ENDED); // the decisions end with what they throw
            ending.failed(result, broken);
            return;
        }
        if (delay == RetryDecisions.STOP) {
            giveUp();
        } else {
            startDelay(deciding, delay);
        }
    }

    @SuppressWarnings("NullAway") // without a failure it is what the stage gave, null included
    private void succeed(AsyncStep deciding, @Nullable T value) {
        if (step.compareAndSet(deciding, ENDED)) {
            decisions.succeeded();
            ending.succeeded(result, value);
        } else {
            decisions.cancelled(endedBy);
        }
    }

    /** There is no further attempt: the result is that of the last one. */
    @SuppressWarnings("NullAway") // as above
    private void giveUp() {
        step.set(ENDED);
        if (previous != null) {
            ending.failed(result, previous);
        } else {
            ending.rejected(result, rejected);
        }
    }

    private void startDelay(AsyncStep deciding, long nanos) {
        AsyncStep delay = new AsyncStep(AsyncStep.Kind.DELAY);
        if (!step.compareAndSet(deciding, delay)) {
            abandon();
        } else if (nanos == 0) {
            goOn(delay);
        } else {
            try {
                delay.timer(delayTimer(delay, nanos));
            } catch (Throwable broken) {
                breakOff(delay, broken);
            }
        }
    }

    private ScheduledTask delayTimer(AsyncStep delay, long nanos) {
        RetryScope scope = decisions.scope;
        ScheduledTask timer = decisions.time.schedule(() -> goOnWith(() -> goOn(delay)), Duration.ofNanos(nanos));
        return scope == null ? timer : scope.bound(timer, () -> context.run(() -> goOn(delay)));
    }

    /** The delay is over, or the scope is shut down. */
    private void goOn(AsyncStep delay) {
        AsyncStep deciding = new AsyncStep(AsyncStep.Kind.DECIDING);
        if (!step.compareAndSet(delay, deciding)) {
            return;
        }
        delay.stopTimer();
        boolean inTime;
        try {
            inTime = decisions.next(previous);
        } catch (Throwable broken) {
            step.set(ENDED); // as above
            ending.failed(result, broken);
            return;
        }
        if (!inTime) {
            giveUp();
        } else if (step.compareAndSet(deciding, new AsyncStep(AsyncStep.Kind.DUE))) {
            takeTurn();
        } else {
            abandon();
        }
    }

    /** The run ends because the step cannot be made, for what a timer or a function of the policy threw. */
    private void breakOff(AsyncStep at, Throwable broken) {
        if (step.compareAndSet(at, ENDED)) {
            decisions.giveBack();
            decisions.brokenBy(broken, previous);
            ending.failed(result, broken);
        }
    }
}

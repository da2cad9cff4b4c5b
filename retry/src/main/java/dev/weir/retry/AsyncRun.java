package dev.weir.retry;

import dev.weir.core.ThrowingFunction;
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
 *   DUE --its turn--&gt; ATTEMPT --its stage ended, or its time--&gt; DECIDING --&gt; DELAY --its time--&gt; DECIDING --&gt; DUE
 *
 *   any of them --the result is complete, by us or by others--&gt; ENDED
 * </pre>
 *
 * <p>Each step is an object of its own, and whoever replaces it, and nobody else, does what follows. So a stage that ends
 * twice, a timeout that comes with the end, and a cancellation that comes with the timer have one effect. The progress
 * belongs to whoever put DECIDING in place until the next step is there, or to whoever replaced another step by ENDED.
 * Who finds its DECIDING replaced by ENDED does what is left to do.
 *
 * <p>Attempts neither overlap nor nest: one that is due while another is being started waits for its turn, in {@link
 * #turns}, and is made by the one who starts the other. So attempts that fail at once need no deep stack.
 *
 * @param <T> the type of the result
 */
final class AsyncRun<T extends @Nullable Object> {
    private static final AsyncStep ENDED = new AsyncStep(AsyncStep.Kind.ENDED);

    private final RetryDecisions progress;
    private final ThrowingFunction<? super Attempt, ? extends CompletionStage<? extends T>, ?> task;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final AtomicReference<AsyncStep> step = new AtomicReference<>(new AsyncStep(AsyncStep.Kind.DUE));
    private final AtomicInteger turns = new AtomicInteger();

    /** What the result was completed with; written before the step is. */
    private volatile @Nullable Throwable endedBy;

    // What the attempt before gave. Both belong to whoever has the progress.
    private @Nullable Throwable previous;
    private @Nullable T rejected;

    AsyncRun(RetryDecisions progress, ThrowingFunction<? super Attempt, ? extends CompletionStage<? extends T>, ?> task) {
        this.progress = progress;
        this.task = task;
    }

    CompletableFuture<T> start() {
        var unused = result.whenComplete((value, failure) -> end(failure));
        takeTurn();
        return result;
    }

    /** The result is complete. If it was not us who did that, nothing of the run may remain. */
    private void end(@Nullable Throwable failure) {
        endedBy = failure;
        AsyncStep last = step.getAndSet(ENDED);
        if (last == ENDED) {
            return;
        }
        last.stop();
        switch (last.kind) {
            case DELAY, DUE -> abandon();
            case ATTEMPT -> progress.cancelled(failure);
            case DECIDING, ENDED -> {} // who decides will see
        }
    }

    /** The result was completed by others before a next attempt, which may have been paid for, was made. */
    private void abandon() {
        progress.giveBack();
        progress.cancelled(endedBy);
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
        boolean inCaller = progress.number() == 1;
        long limit;
        try {
            limit = progress.attemptNanos(); // foreign code, which may end the run, so the attempt comes after it
        } catch (Throwable broken) {
            breakOff(due, broken);
            return;
        }
        Attempt told = new Attempt(progress, previous, rejected); // while the progress is ours
        AsyncStep attempt = new AsyncStep(AsyncStep.Kind.ATTEMPT);
        if (!step.compareAndSet(due, attempt)) {
            return;
        }
        long paid = progress.spend(); // no timer runs yet, and a cancellation now leaves it to us
        try {
            startTimer(attempt, limit);
        } catch (Throwable broken) {
            progress.giveBack(paid);
            breakOff(attempt, broken);
            return;
        }
        if (step.get() != attempt) { // cancelled, or out of time, before it began: then it need not begin
            progress.giveBack(paid);
            return;
        }
        try {
            CompletionStage<? extends T> stage = Objects.requireNonNull(task.apply(told), "the task's stage");
            attempt.stage(stage);
            stage.whenComplete((value, failure) -> settle(attempt, value, failure));
        } catch (Throwable failure) {
            if (inCaller && failure instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // it was the caller's, who gets a future and no exception
            }
            settle(attempt, null, failure);
        }
    }

    private void startTimer(AsyncStep attempt, long limit) {
        if (limit != Nanos.UNLIMITED) {
            Duration timeout = Duration.ofNanos(limit);
            attempt.timer(progress.time.schedule(() -> expire(attempt, timeout), timeout));
        }
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
            decide(deciding, value, failure == null ? null : Causes.unwrapped(failure));
        }
    }

    private void decide(AsyncStep deciding, @Nullable T value, @Nullable Throwable failure) {
        long delay;
        try {
            if (failure == null && progress.accepts(value, previous)) {
                succeed(deciding, value);
                return;
            }
            previous = failure;
            rejected = value;
            delay = failure == null ? progress.afterRejection() : progress.afterFailure(failure);
        } catch (Throwable broken) {
            step.set(ENDED); // the progress has been told
            result.completeExceptionally(broken);
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
            progress.succeeded();
            result.complete(value);
        } else {
            progress.cancelled(endedBy);
        }
    }

    /** The progress has ended: so does the result, as the last attempt did. */
    @SuppressWarnings("NullAway") // as above
    private void giveUp() {
        step.set(ENDED);
        if (previous != null) {
            result.completeExceptionally(previous);
        } else {
            result.complete(rejected);
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
                delay.timer(progress.time.schedule(() -> goOn(delay), Duration.ofNanos(nanos)));
            } catch (Throwable broken) {
                breakOff(delay, broken);
            }
        }
    }

    /** The delay is over. */
    private void goOn(AsyncStep delay) {
        AsyncStep deciding = new AsyncStep(AsyncStep.Kind.DECIDING);
        if (!step.compareAndSet(delay, deciding)) {
            return;
        }
        boolean inTime;
        try {
            inTime = progress.next(previous);
        } catch (Throwable broken) {
            step.set(ENDED); // the progress has been told
            result.completeExceptionally(broken);
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
            progress.giveBack();
            progress.brokenBy(broken, previous);
            result.completeExceptionally(broken);
        }
    }
}

package dev.weir.retry;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a task. It belongs to one thread, which goes round: make an attempt, judge what it gave, wait.
 *
 * @param <T> the type of the result
 * @param <X> the type of the checked exception
 */
final class Run<T extends @Nullable Object, X extends Throwable> {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    private final RetryPolicy policy;
    private final TimeSource time;
    private final Supplier<? extends RandomGenerator> random;
    private final ThrowingFunction<Attempt, ? extends T, X> task;
    private final long startNanos;
    private final RetryTrace.History history = new RetryTrace.History();

    private int number = 1;
    private long backoffNanos;
    private @Nullable StopReason reason;

    /** The run whose first attempt starts at this reading of the clock, which only a policy with a limit looks at. */
    Run(Retry retry, long startNanos, ThrowingFunction<Attempt, ? extends T, X> task) {
        this.policy = retry.policy;
        this.time = retry.time;
        this.random = retry.random;
        this.startNanos = startNanos;
        this.task = task;
    }

    /** How many attempts have been made. */
    int attempts() {
        return number;
    }

    /** Why the run ended; only an ended run has a reason. */
    StopReason reason() {
        return reason == null ? StopReason.ABORTED : reason;
    }

    /** Makes the first attempt, and the others. */
    T start() throws X, InterruptedException {
        return attemptOn(null);
    }

    /** Makes the other attempts, after a first one that threw this. */
    T afterFailure(Throwable failure) throws X, InterruptedException {
        awaitRetry(failure);
        return attemptOn(failure);
    }

    /** Judges what a first attempt returned, and makes the other attempts if the policy rejects it. */
    T afterResult(T result) throws X, InterruptedException {
        if (accepts(result, null)) {
            succeeded();
            return result;
        }
        return awaitRetryOfResult() ? attemptOn(null) : result;
    }

    /** Makes attempts from the present number on, until one of them is the last. */
    private T attemptOn(@Nullable Throwable previous) throws X, InterruptedException {
        @Nullable Throwable failure = previous;
        while (true) {
            Attempt attempt = new Attempt(number, policy.maxAttempts, failure, time, startNanos, policy.maxNanos);
            T result;
            try {
                result = task.apply(attempt);
            } catch (Throwable thrown) {
                if (thrown instanceof InterruptedException) {
                    suppress(thrown, failure);
                }
                awaitRetry(thrown);
                failure = thrown;
                continue;
            }
            if (accepts(result, failure)) {
                succeeded();
                return result;
            }
            failure = null;
            if (!awaitRetryOfResult()) {
                return result;
            }
        }
    }

    /** Returns when the next attempt may start, or throws the failure because none may. */
    private void awaitRetry(Throwable failure) throws X, InterruptedException {
        @Nullable StopReason stop;
        try {
            stop = policy.retries(failure) ? delay(failure) : StopReason.ABORTED;
        } catch (InterruptedException interrupt) {
            throw interrupt;
        } catch (Throwable broken) {
            // A predicate, the backoff or delayFrom threw. Its failure is the news; the task's must not get lost.
            suppress(broken, failure);
            gaveUp(broken, StopReason.ABORTED);
            throw broken;
        }
        if (stop == null) {
            return;
        }
        if (failure instanceof InterruptedException) {
            stop = StopReason.INTERRUPTED;
        } else if (!(failure instanceof Error)) { // after which every further step may fail as well
            RetryTrace.attach(failure, history, number, stop);
        }
        gaveUp(failure, stop);
        @SuppressWarnings("unchecked") // the task threw it, so it is an X, an interrupt, or unchecked
        X same = (X) failure;
        throw same;
    }

    /** Whether, after a rejected result, the next attempt may start. */
    private boolean awaitRetryOfResult() throws InterruptedException {
        @Nullable StopReason stop;
        try {
            stop = delay(null);
        } catch (InterruptedException interrupt) {
            throw interrupt;
        } catch (Throwable broken) {
            gaveUp(broken, StopReason.ABORTED);
            throw broken;
        }
        if (stop != null) {
            gaveUp(null, stop);
        }
        return stop == null;
    }

    /** Waits for the next attempt and counts it, or says why there is none. */
    private @Nullable StopReason delay(@Nullable Throwable failure) throws InterruptedException {
        if (number >= policy.maxAttempts) {
            return StopReason.EXHAUSTED;
        }
        backoffNanos = Backoffs.delay(policy.backoff, number, backoffNanos, random.get());
        long nanos = policy.delay(backoffNanos, failure);
        if (nanos >= Nanos.remaining(time, startNanos, policy.maxNanos)) {
            return StopReason.DEADLINE;
        }
        history.add(number, failure, nanos);
        RetryListener listener = policy.listener;
        if (listener != null) {
            notify(() -> listener.onRetry(number, failure, Duration.ofNanos(nanos)));
        }
        try {
            time.sleepNanos(nanos);
        } catch (InterruptedException interrupt) {
            suppress(interrupt, failure);
            gaveUp(interrupt, StopReason.INTERRUPTED);
            throw interrupt;
        }
        if (Nanos.remaining(time, startNanos, policy.maxNanos) == 0) {
            return StopReason.DEADLINE; // the sleep took longer than asked
        }
        number++;
        return null;
    }

    private boolean accepts(T result, @Nullable Throwable previous) {
        try {
            return policy.accepts(result);
        } catch (Throwable broken) {
            suppress(broken, previous);
            gaveUp(broken, StopReason.ABORTED);
            throw broken;
        }
    }

    private void succeeded() {
        reason = StopReason.SUCCESS;
        RetryListener listener = policy.listener;
        if (listener != null) {
            notify(() -> listener.onSuccess(number));
        }
    }

    private void gaveUp(@Nullable Throwable failure, StopReason why) {
        reason = why;
        RetryListener listener = policy.listener;
        if (listener != null) {
            notify(() -> listener.onGiveUp(number, failure, why));
        }
    }

    static void notify(Runnable event) {
        try {
            event.run();
        } catch (Throwable broken) {
            LOG.error("A retry listener threw; the run goes on", broken);
        }
    }

    private static void suppress(Throwable news, @Nullable Throwable failure) {
        if (failure != null && failure != news) {
            news.addSuppressed(failure);
        }
    }
}

package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.FlightEvents;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what comes next in a run, and knows how far it is. It neither runs the task nor waits. One thread at a time
 * uses it.
 *
 * <p>The order of decisions after an attempt: may the failure be retried; is it counted, and is there an attempt left;
 * how long is the delay, and does it end before the deadline; does the budget pay.
 */
final class RetryDecisions {
    /** Instead of a delay: there is no further attempt, for {@link #reason()}. */
    static final long STOP = -1;

    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);
    private static final FlightEvents<RetryAttemptEvent> ATTEMPTS = new FlightEvents<>(RetryAttemptEvent::new);
    private static final FlightEvents<RetryGiveUpEvent> GIVE_UPS = new FlightEvents<>(RetryGiveUpEvent::new);

    final RetryPolicy policy;
    final TimeSource time;
    final RunLimit limit;
    final @Nullable RetryScope scope;
    private final Supplier<? extends RandomGenerator> random;
    private final RetryCounts counts;
    private final RetryTrace.History history = new RetryTrace.History();

    private int number = 1;
    private int counted;
    private long backoffNanos;
    private long traceMark;
    private long taken;
    private @Nullable StopReason reason;

    /**
     * The decisions of a run whose first attempt starts, or has started, at this reading of the clock, which only a
     * policy with a maximum duration looks at, and this mark of the traces.
     */
    RetryDecisions(Retry retry, long startNanos, long traceMark) {
        this.policy = retry.policy;
        this.time = retry.time;
        this.random = retry.random;
        this.scope = retry.scope;
        this.limit = new RunLimit(retry.time, startNanos, retry.policy.maxNanos, retry.deadline);
        this.traceMark = traceMark;
        this.counts = retry.counts;
        counts.decides();
    }

    /** Of the retry. */
    Name name() {
        return counts.name;
    }

    /** The number of the attempt that is made now, or was made last. */
    int number() {
        return number;
    }

    boolean isLast() {
        return counted + 1 >= policy.maxAttempts;
    }

    /** Why the run ended; only an ended run has a reason. */
    StopReason reason() {
        return reason == null ? StopReason.ABORTED : reason;
    }

    /**
     * How long the attempt may take from now on, {@link RunLimit#UNLIMITED} if as long as it wants. Throws what the
     * policy's function throws.
     */
    long attemptNanos() {
        long nanos = policy.attemptNanos(number);
        return nanos == RunLimit.UNLIMITED ? nanos : Math.max(1, Math.min(nanos, limit.remainingNanos()));
    }

    /**
     * The delay before the next attempt, after one that failed, or {@link #STOP}. Throws what a function of the policy
     * throws, with the failure suppressed, and that is the end of the run, too.
     */
    long afterFailure(Throwable failure) {
        long delay;
        try {
            delay = decide(failure, null);
        } catch (Throwable broken) {
            brokenBy(broken, failure);
            throw broken;
        }
        if (delay == STOP) {
            if (failure instanceof InterruptedException) {
                reason = StopReason.INTERRUPTED;
            } else if (!(failure instanceof Error)) { // after which every further step may fail as well
                RetryTrace.attach(failure, history, number, reason(), traceMark);
            }
            gaveUp(failure);
        }
        return delay;
    }

    /** The delay before the next attempt, after one whose result was rejected, or {@link #STOP}. */
    long afterRejection(@Nullable Object result) {
        long delay;
        try {
            delay = decide(null, result);
        } catch (Throwable broken) {
            brokenBy(broken, null);
            throw broken;
        }
        if (delay == STOP) {
            gaveUp(null);
        }
        return delay;
    }

    /** What a run fails with that ended with a rejected result, or null if it returns that. */
    @Nullable
    Throwable failureOfRejection(@Nullable Object result) {
        if (!policy.failsOnRejection) {
            return null;
        }
        RejectedResultException failure = new RejectedResultException(result);
        RetryTrace.attach(failure, history, number, reason(), traceMark);
        return failure;
    }

    /** Whether the result is one to return. Throws what the predicate throws, and that is the end of the run. */
    boolean accepts(@Nullable Object result, @Nullable Throwable previous) {
        try {
            return policy.accepts(result);
        } catch (Throwable broken) {
            brokenBy(broken, previous);
            throw broken;
        }
    }

    private long decide(@Nullable Throwable failure, @Nullable Object result) {
        taken = 0; // what was taken for the attempt that has been made is spent
        if (failure != null && !policy.retries(failure)) {
            return stop(StopReason.ABORTED);
        }
        if (failure != null && !policy.retriesNested && RetryTrace.isMultiplied(failure, traceMark)) {
            return stop(StopReason.NESTED);
        }
        if (failure == null || policy.counts(failure)) {
            counted++;
        }
        if (counted >= policy.maxAttempts || number == Integer.MAX_VALUE) {
            return stop(StopReason.EXHAUSTED);
        }
        if (isShutDown()) {
            return stop(StopReason.SHUTDOWN);
        }
        backoffNanos = Backoffs.delay(policy.backoff, number, backoffNanos, random.get());
        long nanos = policy.delay(backoffNanos, failure, result);
        if (nanos == AskedDelay.TOO_LONG) {
            return stop(StopReason.DELAY_TOO_LONG);
        }
        if (nanos >= limit.remainingNanos()) {
            return stop(StopReason.DEADLINE);
        }
        RetryBudget budget = policy.budget;
        if (budget != null) {
            long paid = budget.take(failure);
            if (paid < 0) {
                return stop(StopReason.BUDGET);
            }
            taken = paid;
        }
        history.add(number, failure, nanos);
        counts.delays(nanos);
        RetryAttemptEvent event = ATTEMPTS.wanted();
        if (event != null) {
            event.record(counts.name, number, failure, nanos);
        }
        RetryListener listener = policy.listener;
        if (listener != null) {
            notify(() -> listener.onRetry(number, failure, Duration.ofNanos(nanos)));
        }
        return nanos;
    }

    private boolean isShutDown() {
        return scope != null && scope.isShutdown();
    }

    private long stop(StopReason why) {
        reason = why;
        return STOP;
    }

    /**
     * The delay is over: goes on to the next attempt, unless the delay took so much longer that it is too late, or the
     * scope is shut down. Throws what the clock throws, and that is the end of the run, too.
     */
    boolean next(@Nullable Throwable failure) {
        long left;
        try {
            left = limit.remainingNanos();
        } catch (Throwable broken) {
            giveBack();
            brokenBy(broken, failure);
            throw broken;
        }
        boolean shutDown = isShutDown();
        if (left == 0 || shutDown) {
            giveBack();
            reason = shutDown ? StopReason.SHUTDOWN : StopReason.DEADLINE;
            if (failure != null) {
                RetryTrace.attach(failure, history, number, reason, traceMark);
            }
            gaveUp(failure);
            return false;
        }
        number++;
        counts.retries(failure);
        traceMark = RetryTrace.Mark.now();
        return true;
    }

    /** Returns what was taken for a next attempt that is not made. At most once: nothing is left to return then. */
    void giveBack() {
        giveBack(spend());
    }

    /** Leaves what was taken for the next attempt to the caller, which makes it or gives it back. */
    long spend() {
        long units = taken;
        taken = 0;
        return units;
    }

    void giveBack(long units) {
        if (policy.budget != null) {
            policy.budget.giveBack(units);
        }
    }

    /** The run ended in a delay. */
    void interrupted(InterruptedException interrupt, @Nullable Throwable failure) {
        giveBack();
        suppress(interrupt, failure);
        reason = StopReason.INTERRUPTED;
        gaveUp(interrupt);
    }

    /**
     * The run ended because of what a function of the policy threw, and that is the news; the task's must not get lost.
     */
    void brokenBy(Throwable broken, @Nullable Throwable failure) {
        suppress(broken, failure);
        reason = StopReason.ABORTED;
        gaveUp(broken);
    }

    void succeeded() {
        reason = StopReason.SUCCESS;
        if (policy.budget != null) {
            policy.budget.succeeded();
        }
        RetryListener listener = policy.listener;
        if (listener != null) {
            notify(() -> listener.onSuccess(number));
        }
    }

    /** The result was completed by others, which ends the run if it had not ended. */
    void cancelled(@Nullable Throwable failure) {
        if (reason == null) {
            reason = StopReason.CANCELLED;
            gaveUp(failure);
        }
    }

    private void gaveUp(@Nullable Throwable failure) {
        RetryListener listener = policy.listener;
        StopReason why = reason();
        counts.gaveUp(why);
        RetryGiveUpEvent event = GIVE_UPS.wanted();
        if (event != null) {
            event.record(counts.name, number, why, failure);
        }
        if (listener != null) {
            notify(() -> listener.onGiveUp(number, failure, why));
        }
    }

    private static void notify(Runnable event) {
        Callbacks.run(LOG, "a retry listener", event::run);
    }

    /** Keeps a failure beside the one that is the news, unless that is full: one may be thrown again and again. */
    static void suppress(Throwable news, @Nullable Throwable failure) {
        if (failure != null) {
            Suppressed.attach(news, failure);
        }
    }
}

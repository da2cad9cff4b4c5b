package dev.weir.retry;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of a {@link Retry} from its first failure on. Used by one thread. */
final class RetryRun {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    private final RetryPolicy policy;
    private final TimeSource time;
    private final Supplier<? extends RandomGenerator> random;
    private final long startNanos;
    private final RetryTrace.Builder trace = new RetryTrace.Builder();
    private int attempts;
    private @Nullable StopReason reason;

    RetryRun(RetryPolicy policy, TimeSource time, Supplier<? extends RandomGenerator> random, long startNanos) {
        this.policy = policy;
        this.time = time;
        this.random = random;
        this.startNanos = startNanos;
    }

    int attempts() {
        return attempts;
    }

    @Nullable
    StopReason reasonIfStopped() {
        return reason;
    }

    StopReason reason() {
        if (reason == null) {
            throw new IllegalStateException("not stopped");
        }
        return reason;
    }

    /** An attempt threw. Waits and returns true if there is to be another one. */
    boolean failed(Throwable failure) throws InterruptedException {
        attempts++;
        try {
            if (!policy.retries(failure)) {
                return stop(failure, StopReason.ABORTED);
            }
            return again(failure);
        } catch (InterruptedException | RuntimeException | Error other) {
            if (other != failure) {
                other.addSuppressed(failure); // an interrupt of the wait, or a predicate or backoff that threw
            }
            throw other;
        }
    }

    /** An attempt returned. Waits and returns true if the policy rejects the result and there is to be another one. */
    boolean returned(@Nullable Object result) throws InterruptedException {
        attempts++;
        if (policy.rejects(result)) {
            return again(null);
        }
        if (attempts > 1) {
            tell(listener -> listener.onRecovery(attempts));
        }
        return false;
    }

    private boolean again(@Nullable Throwable failure) throws InterruptedException {
        if (attempts >= policy.maxAttempts) {
            return stop(failure, StopReason.EXHAUSTED);
        }
        long delayNanos = policy.delayNanos(failure, policy.backoff.delayNanos(attempts, random.get()));
        if (policy.maxDurationNanos != Long.MAX_VALUE
                && delayNanos > policy.maxDurationNanos - (time.nanoTime() - startNanos)) {
            return stop(failure, StopReason.DEADLINE);
        }
        trace.add(attempts, failure, delayNanos);
        tell(listener -> listener.onRetry(attempts, failure, Duration.ofNanos(delayNanos)));
        time.sleepNanos(delayNanos);
        return true;
    }

    private boolean stop(@Nullable Throwable failure, StopReason why) {
        reason = why;
        if (failure != null) {
            trace.attachTo(failure, attempts, why);
        }
        tell(listener -> listener.onGiveUp(attempts, failure, why));
        return false;
    }

    private void tell(Consumer<RetryListener> event) {
        if (policy.listener == null) {
            return;
        }
        try {
            event.accept(policy.listener);
        } catch (RuntimeException failure) {
            LOG.error("a retry listener failed", failure);
        }
    }
}

package dev.weir.retry;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/**
 * How long to wait before a retry: a curve over the number of the retry, cut off at a cap, and then spread by jitter.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="backoff"}
 *
 * <p>The order is always curve, cap, jitter, however the methods are called: so a delay is never above the cap, and
 * jitter spreads clients that have reached the cap as much as any others. A delay is computed in constant time, is never
 * negative, and does not overflow: beyond the cap, and without one beyond 292 years, it stays where it is.
 *
 * <p>Full and equal jitter are those of Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 *
 * <p>Immutable and thread-safe. The arithmetic is pure: chance comes from the generator that {@link Retry} hands in.
 */
public final class Backoff {
    private enum Jitter {
        NONE,
        FULL,
        EQUAL
    }

    /** From the number of the retry, 1 for the first, to nanoseconds; negative counts as zero. */
    @FunctionalInterface
    private interface Curve {
        long nanos(int retry);
    }

    private final Curve curve;
    private final long capNanos;
    private final Jitter jitter;

    private Backoff(Curve curve, long capNanos, Jitter jitter) {
        this.curve = curve;
        this.capNanos = capNanos;
        this.jitter = jitter;
    }

    private static Backoff of(Curve curve) {
        return new Backoff(curve, Long.MAX_VALUE, Jitter.NONE);
    }

    /**
     * No wait at all.
     *
     * @return the backoff
     */
    public static Backoff none() {
        return of(retry -> 0);
    }

    /**
     * The same wait before every retry.
     *
     * @param delay the wait, not negative
     * @return the backoff
     * @throws IllegalArgumentException if {@code delay} is negative
     */
    public static Backoff fixed(Duration delay) {
        long nanos = Checks.saturatedNanos(Checks.notNegative(delay, "delay"));
        return of(retry -> nanos);
    }

    /**
     * A wait that grows by the same step each time: {@code step}, twice, three times, and so on.
     *
     * @param step the first wait and what each later one adds, positive
     * @return the backoff
     * @throws IllegalArgumentException if {@code step} is not positive
     */
    public static Backoff linear(Duration step) {
        long nanos = Checks.saturatedNanos(Checks.positive(step, "step"));
        return of(retry -> retry > Long.MAX_VALUE / nanos ? Long.MAX_VALUE : retry * nanos);
    }

    /**
     * A wait that doubles each time.
     *
     * @param first the first wait, positive
     * @return the backoff
     * @throws IllegalArgumentException if {@code first} is not positive
     */
    public static Backoff exponential(Duration first) {
        return exponential(first, 2);
    }

    /**
     * A wait that grows by a factor each time.
     *
     * @param first the first wait, positive
     * @param factor what each wait is multiplied by to get the next, at least 1 and finite
     * @return the backoff
     * @throws IllegalArgumentException if {@code first} is not positive or {@code factor} is out of its range
     */
    public static Backoff exponential(Duration first, double factor) {
        long nanos = Checks.saturatedNanos(Checks.positive(first, "first"));
        if (!(factor >= 1 && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("factor must be at least 1 and finite, but is " + factor);
        }
        // The cast saturates; an infinite power of a positive number stays infinite and never becomes NaN.
        return of(retry -> retry == 1 ? nanos : (long) (nanos * Math.pow(factor, retry - 1.0)));
    }

    /**
     * A wait of your own.
     *
     * @param delay from the number of the retry, 1 for the first, to the wait; a negative one counts as zero. What it
     *     throws, the caller of {@link Retry} gets, with the failure that was to be retried suppressed
     * @return the backoff
     */
    public static Backoff custom(IntFunction<Duration> delay) {
        Objects.requireNonNull(delay, "delay");
        return of(retry -> Checks.saturatedNanos(Objects.requireNonNull(delay.apply(retry), "delay")));
    }

    /**
     * This backoff, but never above the cap.
     *
     * @param cap the longest wait, not negative; jitter does not exceed it either
     * @return the backoff
     * @throws IllegalArgumentException if {@code cap} is negative
     */
    public Backoff withCap(Duration cap) {
        return new Backoff(curve, Checks.saturatedNanos(Checks.notNegative(cap, "cap")), jitter);
    }

    /**
     * This backoff, but each wait anywhere between zero and what it would be, all equally likely. It spreads clients
     * that failed together better than any other jitter.
     *
     * @return the backoff
     */
    public Backoff withFullJitter() {
        return new Backoff(curve, capNanos, Jitter.FULL);
    }

    /**
     * This backoff, but each wait anywhere between half and all of what it would be, all equally likely.
     *
     * @return the backoff
     */
    public Backoff withEqualJitter() {
        return new Backoff(curve, capNanos, Jitter.EQUAL);
    }

    /**
     * The wait before a retry.
     *
     * @param retry the number of the retry, 1 for the first
     * @param random where jitter gets its chance from; not used without jitter
     * @return the wait in nanoseconds, from 0 to the cap
     * @throws IllegalArgumentException if {@code retry} is below 1
     */
    public long delayNanos(int retry, RandomGenerator random) {
        Checks.positive(retry, "retry");
        long delay = Math.min(capNanos, Math.max(0, curve.nanos(retry)));
        return switch (jitter) {
            case NONE -> delay;
            case FULL -> upTo(delay, random);
            case EQUAL -> delay / 2 + upTo(delay - delay / 2, random);
        };
    }

    /** Uniform over 0 to most, both included. */
    private static long upTo(long most, RandomGenerator random) {
        return most == Long.MAX_VALUE ? random.nextLong() & Long.MAX_VALUE : random.nextLong(most + 1);
    }
}

package dev.weir.retry;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/**
 * How long to wait before a retry: a pure function of the retry's number, the delay before it, and randomness.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="backoff"}
 *
 * <p>The backoffs of this interface are immutable, thread-safe, take constant time for every retry up to
 * {@link Integer#MAX_VALUE}, and saturate instead of overflowing: the delay is never negative, and never above the cap
 * if there is one. Jitter is applied to the capped delay, in whichever order {@code withCap} and the jitter are called
 * on them, so jitter neither exceeds the cap nor gathers on it: with full jitter, clients whose delay has reached the
 * cap are spread evenly between zero and the cap.
 *
 * <p>A lambda may be a backoff too. It must not return a negative number: that ends the retrying with an
 * {@link IllegalStateException}.
 *
 * <p><b>Thread-safety.</b> Immutable; a lambda must be thread-safe, since the runs of a policy share it. Nothing
 * blocks, and a lambda should not.
 */
@FunctionalInterface
public interface Backoff {
    /**
     * The delay before a retry.
     *
     * @param retry the number of the retry; 1 is the one after the first attempt
     * @param previousNanos what this backoff returned for the retry before, in nanoseconds; 0 if this is the first
     * @param random the source of randomness
     * @return the delay in nanoseconds, zero or more
     */
    long delayNanos(int retry, long previousNanos, RandomGenerator random);

    /**
     * No delay: every retry follows at once.
     *
     * @return the backoff
     */
    static Backoff none() {
        return fixed(Duration.ZERO);
    }

    /**
     * The same delay before every retry.
     *
     * @param delay the delay, zero or more
     * @return the backoff
     * @throws IllegalArgumentException if the delay is negative
     */
    static Backoff fixed(Duration delay) {
        return new Backoffs.Fixed(Checks.saturatedNanos(Checks.notNegative(delay, "delay")));
    }

    /**
     * A delay that grows by the same step: {@code step} before the first retry, twice that before the second.
     *
     * @param step the first delay, and what each one adds; zero or more
     * @return the backoff
     * @throws IllegalArgumentException if the step is negative
     */
    static Backoff linear(Duration step) {
        return new Backoffs.Linear(Checks.saturatedNanos(Checks.notNegative(step, "step")));
    }

    /**
     * A delay that is multiplied by the same factor each time: {@code base}, {@code base · factor}, {@code base ·
     * factor²}. Without a {@linkplain #withCap cap} it reaches centuries.
     *
     * @param base the first delay, zero or more
     * @param factor the multiplier, finite and at least 1
     * @return the backoff
     * @throws IllegalArgumentException if the base is negative, or the factor below 1, infinite or NaN
     */
    static Backoff exponential(Duration base, double factor) {
        long baseNanos = Checks.saturatedNanos(Checks.notNegative(base, "base"));
        if (!(factor >= 1 && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("factor must be finite and at least 1, but is " + factor);
        }
        return new Backoffs.Exponential(baseNanos, factor);
    }

    /**
     * A delay that grows as the numbers of Fibonacci do: {@code base} times 1, 1, 2, 3, 5, 8 and so on. It grows more
     * slowly than doubling, by a factor of 1.6 in the long run. Without a {@linkplain #withCap cap} it reaches
     * centuries.
     *
     * @param base the first and the second delay, zero or more
     * @return the backoff
     * @throws IllegalArgumentException if the base is negative
     */
    static Backoff fibonacci(Duration base) {
        return new Backoffs.Fibonacci(Checks.saturatedNanos(Checks.notNegative(base, "base")));
    }

    /**
     * A delay of your own. If the function throws, or returns null or a negative duration, the retrying ends with that
     * exception, a {@link NullPointerException} or an {@link IllegalStateException}.
     *
     * @param delays the delay by the number of the retry; 1 is the one after the first attempt
     * @return the backoff
     */
    static Backoff custom(IntFunction<Duration> delays) {
        return new Backoffs.Custom(Objects.requireNonNull(delays, "delays"));
    }

    /**
     * This backoff, with no delay above the cap. On a backoff with jitter, the cap applies to the delay before its
     * jitter.
     *
     * @param cap the longest delay, zero or more
     * @return the capped backoff
     * @throws IllegalArgumentException if the cap is negative
     */
    default Backoff withCap(Duration cap) {
        return new Backoffs.Capped(this, Checks.saturatedNanos(Checks.notNegative(cap, "cap")));
    }

    /**
     * This backoff's delay replaced by one drawn uniformly between zero and it, both included. It spreads the clients
     * of a server that failed them at the same moment as widely as possible.
     *
     * @return the backoff with jitter
     */
    default Backoff withFullJitter() {
        return new Backoffs.FullJitter(this);
    }

    /**
     * This backoff's delay replaced by one drawn uniformly between its half and it, both included. It spreads clients
     * less than {@linkplain #withFullJitter() full jitter} does and keeps a minimum between retries.
     *
     * @return the backoff with jitter
     */
    default Backoff withEqualJitter() {
        return new Backoffs.EqualJitter(this);
    }

    /**
     * A delay drawn uniformly between this backoff's first delay and three times the delay before (or this backoff's
     * first delay, before the first retry), both included. It grows by itself, so put it on a {@linkplain #fixed fixed}
     * backoff, and each client grows at a pace of its own. After Marc Brooker's "Exponential Backoff And Jitter";
     * unlike there, a {@linkplain #withCap cap} limits the range and not what is drawn from it, so nothing gathers on
     * the cap.
     *
     * @return the backoff with jitter
     */
    default Backoff withDecorrelatedJitter() {
        return new Backoffs.DecorrelatedJitter(this, Backoffs.capNanos(this));
    }

    /**
     * This backoff's delay, more or less up to a fraction of it: drawn uniformly from {@code delay · (1 - fraction)} to
     * {@code delay · (1 + fraction)}, both included. A {@linkplain #withCap cap} shortens the range.
     *
     * @param fraction how much, from 0 to 1
     * @return the backoff with jitter
     * @throws IllegalArgumentException if the fraction is not between 0 and 1
     */
    default Backoff withProportionalJitter(double fraction) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException("fraction must be between 0 and 1, but is " + fraction);
        }
        return new Backoffs.ProportionalJitter(this, fraction, Backoffs.capNanos(this));
    }
}

package dev.weir.retry;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** The backoffs that {@link Backoff} offers. All nanoseconds here are within 0 and {@link Long#MAX_VALUE}. */
final class Backoffs {
    private Backoffs() {}

    /** What a backoff says, refused if it is negative: taken for zero, it would make a hot loop of a mistake. */
    static long delay(Backoff backoff, int retry, long previousNanos, RandomGenerator random) {
        long nanos = backoff.delayNanos(retry, previousNanos, random);
        if (nanos < 0) {
            throw new IllegalStateException(
                    "the backoff must not be negative, but is " + nanos + " ns before retry " + retry);
        }
        return nanos;
    }

    /** Uniform over {@code 0..bound}, both included; {@code nextLong(bound + 1)} would overflow at the top. */
    static long uniform(long bound, RandomGenerator random) {
        return bound == Long.MAX_VALUE ? random.nextLong() >>> 1 : random.nextLong(bound + 1);
    }

    record Fixed(long nanos) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            Checks.positive(retry, "retry");
            return nanos;
        }
    }

    record Linear(long stepNanos) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            Checks.positive(retry, "retry");
            return stepNanos > Long.MAX_VALUE / retry ? Long.MAX_VALUE : stepNanos * retry;
        }
    }

    record Exponential(long baseNanos, double factor) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            Checks.positive(retry, "retry");
            if (baseNanos == 0) {
                return 0; // and not 0 · ∞, which is NaN
            }
            // A power beyond the doubles is infinite, and the cast saturates. The maximum keeps a base above 2^53 exact
            // where the factor has not moved it yet.
            return Math.max(baseNanos, (long) (baseNanos * Math.pow(factor, retry - 1)));
        }
    }

    record Capped(Backoff of, long capNanos) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            return Math.min(capNanos, delay(of, retry, previousNanos, random));
        }
    }

    record FullJitter(Backoff of) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            return uniform(delay(of, retry, previousNanos, random), random);
        }

        /** The cap goes under the jitter; over it, all that the jitter draws above the cap would gather on the cap. */
        @Override
        public Backoff withCap(Duration cap) {
            return new FullJitter(of.withCap(cap));
        }
    }

    record EqualJitter(Backoff of) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            long nanos = delay(of, retry, previousNanos, random);
            return nanos - uniform(nanos / 2, random);
        }

        /** Under the jitter, as for {@link FullJitter}. */
        @Override
        public Backoff withCap(Duration cap) {
            return new EqualJitter(of.withCap(cap));
        }
    }
}

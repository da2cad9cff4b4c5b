package dev.weir.retry;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/** The backoffs that {@link Backoff} offers. All nanoseconds here are within 0 and {@link Long#MAX_VALUE}. */
final class Backoffs {
    private Backoffs() {}

    /**
     * The delay that a backoff gives, refused if it is negative: taken for zero, it would make a hot loop of a mistake.
     */
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

    /** What no delay of the backoff exceeds, as far as it is known. */
    static long capNanos(Backoff backoff) {
        return switch (backoff) {
            case Capped capped -> Math.min(capped.capNanos, capNanos(capped.of));
            case FullJitter jitter -> capNanos(jitter.of);
            case EqualJitter jitter -> capNanos(jitter.of);
            case DecorrelatedJitter jitter -> jitter.capNanos;
            case ProportionalJitter jitter -> jitter.capNanos;
            default -> Long.MAX_VALUE;
        };
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

    record Fibonacci(long baseNanos) implements Backoff {
        /** All that a long holds: the 1st to the 92nd. */
        private static final long[] NUMBERS = new long[92];

        static {
            NUMBERS[0] = 1;
            NUMBERS[1] = 1;
            for (int i = 2; i < NUMBERS.length; i++) {
                NUMBERS[i] = NUMBERS[i - 1] + NUMBERS[i - 2];
            }
        }

        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            Checks.positive(retry, "retry");
            if (baseNanos == 0) {
                return 0;
            }
            return retry > NUMBERS.length || baseNanos > Long.MAX_VALUE / NUMBERS[retry - 1]
                    ? Long.MAX_VALUE
                    : baseNanos * NUMBERS[retry - 1];
        }
    }

    record Custom(IntFunction<Duration> delays) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            Checks.positive(retry, "retry");
            Duration delay = Objects.requireNonNull(delays.apply(retry), "the backoff's delay");
            return Checks.saturatedNanos(delay); // a negative one is refused where it is asked for
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

    /** With a cap of its own, since its range has no other. */
    record DecorrelatedJitter(Backoff of, long capNanos) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            Checks.positive(retry, "retry");
            long low = Math.min(capNanos, delay(of, 1, 0, random));
            long previous = Math.max(low, previousNanos);
            long high = previous > Long.MAX_VALUE / 3 ? capNanos : Math.min(capNanos, previous * 3);
            return low + uniform(high - low, random);
        }

        @Override
        public Backoff withCap(Duration cap) {
            return new DecorrelatedJitter(
                    of, Math.min(capNanos, Checks.saturatedNanos(Checks.notNegative(cap, "cap"))));
        }
    }

    /** With the cap of what it is on, as its range goes above that. */
    record ProportionalJitter(Backoff of, double fraction, long capNanos) implements Backoff {
        @Override
        public long delayNanos(int retry, long previousNanos, RandomGenerator random) {
            long nanos = delay(of, retry, previousNanos, random);
            long spread = Math.min(nanos, (long) (nanos * fraction)); // the product may round up
            long low = nanos - spread;
            return low + uniform(Math.min(capNanos, Checks.saturatedSum(nanos, spread)) - low, random);
        }

        @Override
        public Backoff withCap(Duration cap) {
            Backoff capped = of.withCap(cap);
            return new ProportionalJitter(capped, fraction, Math.min(capNanos, Checks.saturatedNanos(cap)));
        }
    }
}

package dev.weir.ratelimit;

import java.util.Objects;

/**
 * A token bucket: permits grow at the rate, up to a burst, and a request takes some if they are there.
 *
 * <p><b>Exact.</b> In every window of length t, the permits admitted are at most {@code burst + rate × t}; and a permit
 * is late by a nanosecond at most, or by 2<sup>-60</sup> of the time in which the burst grows if that is longer. There
 * is no drift: the permits that have grown are always computed from the moment at which the rate took effect.
 *
 * <p><b>Cheap.</b> The state is one {@code long}. Admitting is a reading of the clock, three multiplications and a
 * compare-and-set, and rejecting writes nothing. Neither allocates.
 *
 * <p><b>Fair.</b> Callers that wait do so in the order in which they came, and while somebody waits nobody overtakes, a
 * {@code tryAcquire} neither: so a large request is not starved by small ones.
 *
 * <p><b>Clock.</b> A reading that is stale because its thread was delayed admits less, never more, if it is not older
 * than an hour. The bucket stays exact for 292 years.
 *
 * <p>The algorithm is the virtual scheduling form of GCRA (ITU-T I.371, Annex A), counted in fractions of permits
 * instead of in time, so that rates which do not divide a nanosecond are exact too.
 */
public final class TokenBucket extends QueueingLimiter {
    private volatile Balance balance;

    private TokenBucket(Builder builder) {
        super(builder.settings());
        this.balance = Balance.of(builder.rate, builder.initialPermits, time.nanoTime());
    }

    /**
     * Starts to build a bucket.
     *
     * @param rate how often it admits
     * @return a builder that makes a full bucket on the system's clock, unless told otherwise
     */
    public static Builder builder(Rate rate) {
        return new Builder(rate);
    }

    @Override
    boolean take(long permits) {
        while (true) {
            Balance present = balance;
            switch (present.take(permits, time.nanoTime())) {
                case TAKEN -> {
                    return true;
                }
                case LACKING -> {
                    return false;
                }
                case FROZEN -> awaitSuccessor(present);
            }
        }
    }

    @Override
    long takeUpTo(long most) {
        while (true) {
            Balance present = balance;
            long taken = present.takeUpTo(most, time.nanoTime());
            if (taken >= 0) {
                return taken;
            }
            awaitSuccessor(present);
        }
    }

    @Override
    void giveBack(long permits) {
        for (Balance present = balance; !present.refund(permits, time.nanoTime()); present = balance) {
            awaitSuccessor(present);
        }
    }

    @Override
    long nanosUntil(long permits) {
        while (true) {
            Balance present = balance;
            long level = present.level();
            if (level != RateMath.NONE) {
                return present.math.nanosUntil(level, time.nanoTime(), permits);
            }
            awaitSuccessor(present);
        }
    }

    @Override
    long available() {
        while (true) {
            Balance present = balance;
            long level = present.level();
            if (level != RateMath.NONE) {
                return present.math.available(level, time.nanoTime());
            }
            awaitSuccessor(present);
        }
    }

    /** The successor of a frozen balance is a few instructions away, unless its maker was stopped just there. */
    private void awaitSuccessor(Balance frozen) {
        while (balance == frozen) {
            Thread.yield();
        }
    }

    @Override
    public Rate rate() {
        return balance.math.rate;
    }

    @Override
    public void replaceRate(Rate rate) {
        Objects.requireNonNull(rate, "rate");
        // One at a time, under the lock of those who wait.
        line().change(() -> balance = balance.replace(rate, time));
    }

    /** Builds a {@link TokenBucket}. Not thread-safe. */
    public static final class Builder extends LimiterBuilder<Builder> {
        private long initialPermits;

        private Builder(Rate rate) {
            super(rate);
            this.initialPermits = rate.burst();
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * How many permits the bucket starts with; a whole burst by default.
         *
         * @param permits from 0 to the burst
         * @return this builder
         * @throws IllegalArgumentException if {@code permits} is out of its range
         */
        public Builder initialPermits(long permits) {
            if (permits < 0 || permits > rate.burst()) {
                throw new IllegalArgumentException(
                        "initialPermits must be from 0 to the burst of " + rate.burst() + ", but is " + permits);
            }
            this.initialPermits = permits;
            return this;
        }

        /**
         * Builds the bucket.
         *
         * @return a new bucket
         */
        public TokenBucket build() {
            return new TokenBucket(this);
        }
    }
}

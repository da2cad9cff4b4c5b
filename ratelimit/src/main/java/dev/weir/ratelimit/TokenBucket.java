package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;

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
 * <p><b>Thread-safety.</b> All methods are thread-safe; a request that need not wait is one compare-and-set.
 * <b>Blocking.</b> {@code acquire} in its forms and {@code tryAcquire} with a timeout wait until the permits have
 * grown; nothing else does. <b>Interruption.</b> Ends the wait; nothing was taken then. <b>Fairness.</b> Callers that
 * wait do so in the order in which they came, and while somebody waits nobody overtakes, not even a {@code tryAcquire}:
 * so a large request is not starved by small ones. <b>Memory effects.</b> None between the threads that ask: a permit
 * hands nothing over.
 *
 * <p><b>Clock.</b> On a clock that lags, such as {@link TimeSource#coarse()}, the bound of each window holds in real
 * time: what a bucket that is nearly full gives is dated later by the resolution. A burst that is taken permit by
 * permit is smaller by what grows within the resolution, then, and one that is smaller than that is refused. A reading
 * that is stale because its thread was delayed admits less, never more, if it is not older than an hour. The bucket
 * stays exact for 250 years, and at rates above a permit per nanosecond for as much less.
 *
 * <p>The algorithm is the virtual scheduling form of GCRA (ITU-T I.371, Annex A), counted in fractions of permits
 * instead of in time, so that rates which do not divide a nanosecond are exact too.
 */
public final class TokenBucket extends BucketLimiter {
    private TokenBucket(Builder builder) {
        super(builder.settings());
        begin(BucketState.of(mathOf(builder.rate), builder.initialPermits(), time.nanoTime()));
    }

    /**
     * Starts to build a bucket.
     *
     * @param rate how often it admits
     * @return a builder that makes a full bucket on the system's clock, unless configured otherwise
     */
    public static Builder builder(Rate rate) {
        return new Builder(rate);
    }

    /**
     * Builds a {@link TokenBucket}.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder extends BucketBuilder<Builder> {
        private Builder(Rate rate) {
            super(rate);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the bucket.
         *
         * @return a new bucket
         * @throws IllegalArgumentException if the burst is less than what grows within the resolution of the clock
         */
        public TokenBucket build() {
            return new TokenBucket(this);
        }
    }
}

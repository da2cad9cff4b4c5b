package dev.weir.ratelimit;

/**
 * The settings that buckets have besides those of all limiters.
 *
 * @param <B> the builder itself
 */
abstract class BucketBuilder<B extends BucketBuilder<B>> extends ClassedBuilder<B> {
    private long initialPermits;

    BucketBuilder(Rate rate) {
        super(rate);
        this.initialPermits = rate.burst();
    }

    /**
     * How many permits the bucket starts with; a whole burst by default.
     *
     * @param permits from 0 to the burst
     * @return this builder
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    public final B initialPermits(long permits) {
        if (permits < 0 || permits > rate.burst()) {
            throw new IllegalArgumentException(
                    "initialPermits must be from 0 to the burst of " + rate.burst() + ", but is " + permits);
        }
        this.initialPermits = permits;
        return self();
    }

    final long initialPermits() {
        return initialPermits;
    }
}

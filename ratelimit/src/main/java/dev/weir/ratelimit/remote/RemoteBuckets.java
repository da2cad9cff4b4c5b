package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Checks;
import dev.weir.ratelimit.Rate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * Token buckets that a store keeps for many processes: what {@link RemoteRateLimiter} needs of it. An implementation
 * sends each call as one request and completes its stage with the answer, or with any failure, which counts as an
 * outage of the store. A bucket that has never been asked for is full.
 *
 * <p>A call is for one bucket, or for several at once: then the same permits are taken from all of them or from none,
 * and an answer is that of all: the longest time, and the fewest permits.
 *
 * <p><b>Thread-safety.</b> Implementations are thread-safe. Nothing blocks, and an implementation must not. <b>Memory
 * effects.</b> What happens before a stage is completed happens-before what the limiter does with the answer. A stage
 * that the store does not answer may stay incomplete: the limiter has a time-out, and gives back what a late answer
 * says was taken. Stages are not cancelled.
 */
public interface RemoteBuckets {
    /**
     * A bucket, as the process that asks knows it. Immutable.
     *
     * @param key its name in the store
     * @param rate how often it admits
     * @param generation the age of the rate: a store that knows a rate of a higher generation keeps that one; a rate of
     *     the same or of a lower generation is replaced, and what is there is converted
     */
    record Bucket(String key, Rate rate, long generation) {
        /**
         * Creates a description of a bucket.
         *
         * @param key its name in the store
         * @param rate how often it admits
         * @param generation the age of the rate, not negative
         * @throws IllegalArgumentException if {@code generation} is negative
         */
        public Bucket {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(rate, "rate");
            Checks.notNegative(generation, "generation");
        }
    }

    /**
     * What the store says to one request. Immutable.
     *
     * @param granted how many permits were taken
     * @param retryAfter after how long the request would be granted, if nobody else asked: at least that, and at most
     *     the store's resolution later; zero if it was granted, and {@link #NEVER} if it is above the burst in the
     *     store
     * @param remaining how many whole permits are left, not negative
     * @param reset after how long the bucket is full again, zero if it is
     */
    record Answer(long granted, Duration retryAfter, long remaining, Duration reset) {
        /** The wait for what the bucket can never grant. */
        public static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

        /**
         * Creates an answer.
         *
         * @param granted how many permits were taken
         * @param retryAfter after how long the request would be granted
         * @param remaining how many whole permits are left
         * @param reset after how long the bucket is full again
         */
        public Answer {
            Checks.notNegative(granted, "granted");
            Checks.notNegative(retryAfter, "retryAfter");
            Checks.notNegative(remaining, "remaining");
            Checks.notNegative(reset, "reset");
        }
    }

    /**
     * Takes permits for several requests in their order, all or none for each, and then more for requests to come.
     *
     * @param buckets the buckets, at least one
     * @param permits how many each request wants; at least one request, each of at least one permit
     * @param inOrder whether a request that is refused has those behind it refused as well, so that none overtakes it;
     *     their waits are then those that each would have if it were the next
     * @param ahead how many permits more to take as far as they are there, not negative; none if a request is refused
     * @return an answer for each request, and one for what was taken ahead if {@code ahead} is not 0
     */
    CompletionStage<List<Answer>> take(List<Bucket> buckets, long[] permits, boolean inOrder, long ahead);

    /**
     * Takes the permits that are there, up to a number.
     *
     * @param buckets the buckets, at least one
     * @param most how many at most, not negative
     * @return the answer
     */
    CompletionStage<Answer> takeUpTo(List<Bucket> buckets, long most);

    /**
     * Takes nothing.
     *
     * @param buckets the buckets, at least one
     * @param permits for how many permits the wait is asked
     * @return the answer, in which {@link Answer#granted} is 0
     */
    CompletionStage<Answer> peek(List<Bucket> buckets, long permits);

    /**
     * Gives permits back, up to a full bucket.
     *
     * @param buckets the buckets, at least one
     * @param permits how many, not negative
     * @return the answer, in which {@link Answer#granted} is 0
     */
    CompletionStage<Answer> refund(List<Bucket> buckets, long permits);

    /**
     * Takes permits whether they are there or not; what is missing becomes a debt.
     *
     * @param buckets the buckets, at least one
     * @param permits how many, not negative
     * @return the answer, in which {@link Answer#granted} is 0
     */
    CompletionStage<Answer> charge(List<Bucket> buckets, long permits);

    /**
     * Asks whether the store can be used again after a call has failed. A store that answers questions and refuses what
     * changes a bucket, as one without memory does, should fail here, or an outage would end and begin again with each
     * probe. The bucket stays as it is. Unless implemented otherwise, this is a {@link #peek}.
     *
     * @param bucket the bucket whose call failed
     * @return completed with anything if the store can be used
     */
    default CompletionStage<?> probe(Bucket bucket) {
        return peek(List.of(bucket), 1);
    }

    /**
     * Whether a failure concerns the store, and so begins an outage; otherwise the store is in order, and only the
     * bucket that was asked for cannot be used, for instance because its name is that of something else. Its requests
     * are then answered as during an outage, and those of other buckets are not concerned. Unless implemented
     * otherwise, each failure concerns the store.
     *
     * @param failure what a stage of this store failed with
     * @return false if other buckets can be used
     */
    default boolean isOutage(Throwable failure) {
        return true;
    }

    /**
     * Checks that the store can keep to a rate.
     *
     * @param rate the rate
     * @throws IllegalArgumentException if it cannot
     */
    default void checkRate(Rate rate) {
        Objects.requireNonNull(rate, "rate");
    }

    /**
     * Checks that the store can take from these buckets in one request. Unless implemented otherwise, it cannot if they
     * are several.
     *
     * @param keys the names of the buckets, at least one
     * @throws IllegalArgumentException if it cannot
     */
    default void checkKeys(List<String> keys) {
        if (keys.size() != 1) {
            throw new IllegalArgumentException(
                    "keys must be one, as this store has no requests for several, but are " + keys);
        }
    }

    /**
     * Checks that the current thread may wait for an answer, and is not the one that answers come by.
     *
     * @throws IllegalStateException if it would wait for itself
     */
    default void checkMayWait() {
        // any thread may
    }
}

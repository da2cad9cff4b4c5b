package dev.weir.ratelimit.remote;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteBuckets.Bucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a limiter, all of which each request has to meet. Nearly always it is one.
 *
 * @param rate the rate that its user has set; of several, the one that allows the smallest requests
 * @param buckets the buckets in the store, whose bursts are smaller if there is a lease
 * @param largest the largest request that can be granted
 */
record Limits(Rate rate, List<Bucket> buckets, long largest) {
    static Limits of(String key, Rate rate, long generation, @Nullable Lease lease) {
        return of(Map.of(key, rate), generation, lease);
    }

    static Limits of(Map<String, Rate> limits, long generation, @Nullable Lease lease) {
        List<Bucket> buckets = new ArrayList<>(limits.size());
        Rate tightest = null;
        long largest = Long.MAX_VALUE;
        for (Map.Entry<String, Rate> limit : limits.entrySet()) {
            Rate rate = limit.getValue();
            Rate inStore = lease == null ? rate : lease.inStore(rate);
            buckets.add(new Bucket(limit.getKey(), inStore, generation));
            if (tightest == null || inStore.burst() < largest) {
                tightest = rate;
                largest = inStore.burst();
            }
        }
        if (tightest == null) {
            throw new IllegalArgumentException("limits must be at least one, but are none");
        }
        return new Limits(tightest, List.copyOf(buckets), largest);
    }

    /** The same key with another rate. */
    Limits with(Rate its, long generation, @Nullable Lease lease) {
        return of(first().key(), its, generation, lease);
    }

    Bucket first() {
        return buckets.get(0);
    }

    /** How long it takes until that number of permits has grown. */
    long nanosFor(long permits) {
        double longest = 0;
        for (Bucket bucket : buckets) {
            Rate its = bucket.rate();
            longest = Math.max(longest, (double) permits * its.period().toNanos() / its.permits());
        }
        return (long) Math.ceil(longest); // at most Long.MAX_VALUE
    }

    /** Refuses requests that can never be granted. */
    void check(long permits) {
        if (permits < 0 || permits > largest) {
            String less = largest == rate.burst() ? "" : ", less what grows while a lease is good,";
            throw new IllegalArgumentException("permits must be from 0 to the burst of " + rate.burst() + less
                    + (less.isEmpty() ? "" : " which is " + largest) + ", but is " + permits);
        }
    }

    String keys() {
        return String.join(" & ", buckets.stream().map(Bucket::key).toList());
    }
}

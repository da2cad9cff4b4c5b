package dev.weir.ratelimit.remote;

import dev.weir.ratelimit.Rate;
import java.time.Duration;

/** The code of the Javadoc of this package. */
final class RemoteSnippets {
    private RemoteSnippets() {}

    static boolean overview(RemoteBuckets buckets) {
        // @start region="overview"
        RemoteRateLimiter limiter = RemoteRateLimiter.builder(buckets, "orders", Rate.perSecond(100))
                .onOutage(OutagePolicy.localShare(3))
                .build();
        boolean admitted = limiter.tryAcquire();
        // @end
        return admitted;
    }

    static RemoteRateLimiter limiter(RemoteBuckets buckets) throws InterruptedException {
        // @start region="limiter"
        RemoteRateLimiter limiter = RemoteRateLimiter.builder(buckets, "orders", Rate.perSecond(100))
                .timeout(Duration.ofMillis(200))
                .build();
        limiter.acquire(); // waits for its turn, whichever process takes the others
        // @end
        return limiter;
    }

    static RemoteRateLimiter lease(RemoteBuckets buckets) {
        // @start region="lease"
        RemoteRateLimiter limiter = RemoteRateLimiter.builder(
                        buckets, "events", Rate.perSecond(20_000).withBurst(5_000))
                .lease(Lease.upTo(500, Duration.ofMillis(50))) // the bucket in the store has a burst of 4,000
                .build();
        // @end
        return limiter;
    }

    static boolean keyed(RemoteBuckets buckets, String customer) {
        // @start region="keyed"
        KeyedRemoteRateLimiter limits =
                KeyedRemoteRateLimiter.builder(buckets, Rate.perMinute(60)).build();
        boolean admitted = limits.forKey("customer-" + customer).tryAcquire();
        // @end
        return admitted;
    }
}

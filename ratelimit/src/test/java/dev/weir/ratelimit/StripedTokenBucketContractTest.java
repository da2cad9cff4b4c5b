package dev.weir.ratelimit;

import dev.weir.ratelimit.contract.RateLimiterContract;
import java.time.Duration;
import java.util.Map;

class StripedTokenBucketContractTest extends RateLimiterContract {
    private static final Duration TTL = Duration.ofMillis(1);

    @Override
    protected RateLimiter limiter(Rate rate, Settings settings) {
        Rate whole = rate.withBurst(rate.burst() + rate.permitsIn(TTL)); // so that requests up to the burst are served
        StripedTokenBucket.Builder builder =
                StripedTokenBucket.builder(whole, TTL).timeSource(time).maxWaiters(settings.maxWaiters());
        if (settings.listener() != null) {
            builder.listener(settings.listener());
        }
        return builder.build();
    }

    @Override
    protected Map<String, String> excluded() {
        String replaced = "it replaces the rate by one whose whole burst is to be served";
        return Map.of(
                "a_description_names_the_rate_and_who_waits", "the rate has a larger burst here",
                "permits_stay_as_far_as_a_new_burst_has_room_and_grow_at_the_new_rate", replaced,
                "a_smaller_burst_refuses_those_who_want_more_and_serves_the_others", replaced,
                "those_who_wait_are_served_at_a_new_rate", replaced);
    }
}

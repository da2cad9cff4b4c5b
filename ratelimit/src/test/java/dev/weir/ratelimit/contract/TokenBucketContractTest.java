package dev.weir.ratelimit.contract;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import java.util.Map;

class TokenBucketContractTest extends RateLimiterContract {
    @Override
    protected RateLimiter limiter(Rate rate, Settings settings) {
        TokenBucket.Builder builder = TokenBucket.builder(rate).timeSource(time).maxWaiters(settings.maxWaiters());
        if (settings.counting()) {
            builder.counting();
        }
        if (settings.listener() != null) {
            builder.listener(settings.listener());
        }
        return builder.build();
    }

    @Override
    protected Map<String, String> excluded() {
        return Map.of();
    }
}

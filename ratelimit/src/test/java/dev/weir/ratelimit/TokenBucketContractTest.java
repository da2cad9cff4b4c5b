package dev.weir.ratelimit;

import dev.weir.ratelimit.contract.RateLimiterContract;
import java.util.Map;

class TokenBucketContractTest extends RateLimiterContract {
    @Override
    protected RateLimiter limiter(Rate rate, Settings settings) {
        TokenBucket.Builder builder = TokenBucket.builder(rate).timeSource(time).maxWaiters(settings.maxWaiters());
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

package dev.weir.spring.web;

import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimitHeaders;
import dev.weir.spring.ConcurrencyLimitExceededException;
import dev.weir.spring.RateLimitExceededException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a refused request is answered: a problem of RFC 9457, and header fields. */
record Refusal(int status, Map<String, String> headers, String body) {
    static final String CONTENT_TYPE = "application/problem+json";
    private static final int MOST_CAUSES = 10;

    static Refusal of(String policy, Decision decision, Rate rate) {
        return tooMany(new RateLimitExceededException(policy, decision, rate).headers());
    }

    private static Refusal tooMany(Map<String, String> headers) {
        return new Refusal(429, headers, "{\"title\":\"Too Many Requests\",\"status\":429}");
    }

    /** Null if the failure is no refusal and has none as its cause. */
    static @Nullable Refusal of(Throwable failure) {
        @Nullable Throwable at = failure;
        for (int i = 0; at != null && i < MOST_CAUSES; i++) {
            if (at instanceof RateLimitExceededException refused) {
                return tooMany(refused.headers());
            }
            if (at instanceof ConcurrencyLimitExceededException) {
                return new Refusal(503, Map.of(), "{\"title\":\"Service Unavailable\",\"status\":503}");
            }
            at = at.getCause();
        }
        return null;
    }

    /** Refuses what the header fields cannot have. */
    static String checkedPolicy(String policy) {
        String unused = RateLimitHeaders.rateLimitPolicy(policy, Rate.perSecond(1));
        return policy;
    }
}

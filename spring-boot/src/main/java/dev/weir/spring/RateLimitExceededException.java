package dev.weir.spring;

import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimitHeaders;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Thrown when a call is refused by a rate limiter. It has no stack trace, since it is thrown as often as the limiter
 * refuses.
 *
 * <p><b>Thread-safety.</b> Immutable.
 */
public final class RateLimitExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The name of the limiter. */
    private final String limiter;

    /** What a server reports to its client; lost when it is serialized. */
    private final transient Decision decision;

    /** The rate of the limiter; lost when it is serialized. */
    private final transient Rate rate;

    /**
     * Creates one.
     *
     * @param limiter the name of the limiter
     * @param decision its decision
     * @param rate its rate
     */
    public RateLimitExceededException(String limiter, Decision decision, Rate rate) {
        super(
                "the rate limiter " + Objects.requireNonNull(limiter, "limiter") + " refuses the call; try again in "
                        + Objects.requireNonNull(decision, "decision").retryAfter(),
                null,
                true,
                false);
        this.limiter = limiter;
        this.decision = decision;
        this.rate = Objects.requireNonNull(rate, "rate");
    }

    /**
     * The limiter.
     *
     * @return its name
     */
    public String limiter() {
        return limiter;
    }

    /**
     * What the limiter decided.
     *
     * @return the decision
     */
    public Decision decision() {
        return decision;
    }

    /**
     * The header fields that an HTTP server answers with, besides the status 429.
     *
     * @return the values of {@code Retry-After}, {@code RateLimit} and {@code RateLimit-Policy} by these names
     */
    public Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Retry-After", RateLimitHeaders.retryAfter(decision));
        headers.put("RateLimit", RateLimitHeaders.rateLimit(limiter, decision));
        headers.put("RateLimit-Policy", RateLimitHeaders.rateLimitPolicy(limiter, rate));
        return headers;
    }
}

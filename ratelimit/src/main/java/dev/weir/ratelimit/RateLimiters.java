package dev.weir.ratelimit;

/** Makes limiters out of limiters; the same as the static methods of {@link RateLimiter}. */
public final class RateLimiters {
    private RateLimiters() {}

    /**
     * Several limits at once; the same as {@link RateLimiter#allOf}.
     *
     * @param limits the limits, at least one
     * @return the combination
     * @throws IllegalArgumentException if there are no limits, or one of them is there twice
     */
    public static CombinedLimiter allOf(RateLimiter... limits) {
        return RateLimiter.allOf(limits);
    }
}

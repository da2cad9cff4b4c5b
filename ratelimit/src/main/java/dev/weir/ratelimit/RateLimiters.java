package dev.weir.ratelimit;

import java.util.List;

/** Makes limiters out of limiters. */
public final class RateLimiters {
    private RateLimiters() {}

    /**
     * Several limits at once.
     *
     * @param limits the limits, at least one, in the order in which they are asked: best the one first that refuses most
     * @return the combination
     * @throws IllegalArgumentException if there are no limits, or one of them is there twice
     */
    public static CombinedLimiter allOf(RateLimiter... limits) {
        List<RateLimiter> all = List.of(limits);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("limits must be at least one, but are none");
        }
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (all.get(i) == all.get(j)) {
                    throw new IllegalArgumentException(
                            "limits must not contain the same one twice, but do: " + all.get(i));
                }
            }
        }
        return new CombinedLimiter(all);
    }
}

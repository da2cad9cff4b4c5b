package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;

/**
 * Renders a {@link Decision} as values of HTTP header fields: {@code Retry-After} of RFC 9110, 10.2.3, and the
 * {@code RateLimit} and {@code RateLimit-Policy} fields of the IETF draft "RateLimit header fields for HTTP"
 * (draft-ietf-httpapi-ratelimit-headers-10).
 *
 * <p>Durations become whole seconds, rounded up: a client that waits for that long is not refused for a fraction.
 * Numbers of permits above the 15 digits that a structured field may have are rendered as that maximum.
 *
 * <p><b>Thread-safety.</b> Immutable: pure functions. Nothing blocks.
 */
public final class RateLimitHeaders {
    private static final long MAX_INTEGER = 999_999_999_999_999L;

    private RateLimitHeaders() {}

    /**
     * The value of {@code Retry-After}.
     *
     * @param decision the decision
     * @return seconds, such as {@code 30}; {@code 0} if the request was admitted
     */
    public static String retryAfter(Decision decision) {
        Objects.requireNonNull(decision, "decision");
        return Long.toString(seconds(decision.retryAfter()));
    }

    /**
     * The value of {@code RateLimit}.
     *
     * @param policy the name of the policy, as in {@link #rateLimitPolicy}
     * @param decision the decision
     * @return for instance {@code "per-user";r=50;t=30}: the permits that are left, and the seconds until all are there
     * @throws IllegalArgumentException if {@code policy} has a character that a structured field string cannot have
     */
    public static String rateLimit(String policy, Decision decision) {
        Objects.requireNonNull(decision, "decision");
        return quoted(policy) + ";r=" + integer(decision.remaining()) + ";t=" + seconds(decision.reset());
    }

    /**
     * The value of {@code RateLimit-Policy}.
     *
     * @param policy the name of the policy
     * @param rate the rate
     * @return for instance {@code "per-user";q=100;w=60}: the burst, and the seconds in which it grows
     * @throws IllegalArgumentException if {@code policy} has a character that a structured field string cannot have
     */
    public static String rateLimitPolicy(String policy, Rate rate) {
        Objects.requireNonNull(rate, "rate");
        RateMath math = new RateMath(rate, 0);
        long nanos = math.nanosUntil(math.levelOf(math.burst, 0), 0, rate.burst());
        return quoted(policy) + ";q=" + integer(rate.burst()) + ";w=" + seconds(Duration.ofNanos(nanos));
    }

    private static long seconds(Duration duration) {
        long nanos = Checks.saturatedNanos(duration);
        return nanos / 1_000_000_000 + (nanos % 1_000_000_000 > 0 ? 1 : 0);
    }

    /** An integer of RFC 8941, 3.3.1: of 15 digits at most. */
    private static long integer(long value) {
        return Math.min(value, MAX_INTEGER);
    }

    /** A string of RFC 8941, 3.3.3. */
    private static String quoted(String policy) {
        Objects.requireNonNull(policy, "policy");
        if (!policy.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
            throw new IllegalArgumentException("policy must be of printable ASCII characters, but is " + policy);
        }
        return '"' + policy.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}

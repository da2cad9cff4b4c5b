package dev.weir.spring.web;

import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.RateLimitHeaders;
import dev.weir.ratelimit.RateLimiter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * A servlet filter that takes a permit for each request, for instance of the limit of its client. A request that gets
 * none is answered with 429, {@code Retry-After}, and a problem of RFC 9457; every answer has the fields
 * {@code RateLimit} and {@code RateLimit-Policy}.
 *
 * {@snippet file="dev/weir/spring/SpringSnippets.java" region="filter"}
 *
 * <p>As a bean it filters all requests; a {@code FilterRegistrationBean} says which ones.
 *
 * <p><b>Thread-safety.</b> Thread-safe. <b>Blocking.</b> It waits for no permit; a limiter in Redis is waited for, as
 * long as its time-out. <b>Interruption.</b> That of the limiter. <b>Fairness.</b> None: nothing waits for its turn.
 * <b>Memory effects.</b> None.
 */
public final class RateLimitFilter extends OncePerRequestFilter {
    private final String policy;
    private final Function<? super HttpServletRequest, ? extends @Nullable RateLimiter> limiters;

    /**
     * Creates a filter.
     *
     * @param policy the name of the limit in the header fields, of printable ASCII characters
     * @param limiters gives the limiter of a request, for instance that of its client; null if it is not limited. What
     *     it throws, the request fails with
     * @throws IllegalArgumentException if {@code policy} has other characters
     */
    public RateLimitFilter(
            String policy, Function<? super HttpServletRequest, ? extends @Nullable RateLimiter> limiters) {
        this.policy = Refusal.checkedPolicy(policy);
        this.limiters = Objects.requireNonNull(limiters, "limiters");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        RateLimiter limiter = limiters.apply(request);
        if (limiter == null) {
            chain.doFilter(request, response);
            return;
        }
        Decision decision = limiter.check();
        if (decision.admitted()) {
            response.setHeader("RateLimit", RateLimitHeaders.rateLimit(policy, decision));
            response.setHeader("RateLimit-Policy", RateLimitHeaders.rateLimitPolicy(policy, limiter.rate()));
            chain.doFilter(request, response);
        } else {
            answer(response, Refusal.of(policy, decision, limiter.rate()));
        }
    }

    static void answer(HttpServletResponse response, Refusal refusal) throws IOException {
        response.setStatus(refusal.status());
        for (Map.Entry<String, String> header : refusal.headers().entrySet()) {
            response.setHeader(header.getKey(), header.getValue());
        }
        response.setContentType(Refusal.CONTENT_TYPE);
        byte[] body = refusal.body().getBytes(StandardCharsets.UTF_8);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code RateLimitFilter[api]}
     */
    @Override
    public String toString() {
        return "RateLimitFilter[" + policy + "]";
    }
}

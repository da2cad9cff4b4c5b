package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import dev.weir.spring.web.LimitedExchangeFilter;
import dev.weir.spring.web.LimitedRequestInterceptor;
import dev.weir.spring.web.RateLimitFilter;
import dev.weir.spring.web.RateLimitWebFilter;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PublicTypesTest {
    private static final RateLimiter LIMITER = RateLimiter.of(Rate.perSecond(1));
    private static final Retry RETRY = Retry.of(RetryPolicy.defaults());

    private static void refusesNull(ThrowingCallable call, String argument) {
        assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(argument);
    }

    @Test
    void null_is_refused_by_its_name() {
        refusesNull(() -> new RateLimitExceededException(null, LIMITER.peek(), LIMITER.rate()), "limiter");
        refusesNull(() -> new RateLimitExceededException("api", null, LIMITER.rate()), "decision");
        refusesNull(() -> new RateLimitExceededException("api", LIMITER.peek(), null), "rate");
        refusesNull(() -> new ConcurrencyLimitExceededException(null), "semaphore");
        refusesNull(() -> new RetriedAnswerException(429, null, Duration.ZERO), "answer");
        refusesNull(() -> RetriedAnswerException.delay(null), "failure");
        refusesNull(() -> new RateLimitFilter(null, request -> LIMITER), "policy");
        refusesNull(() -> new RateLimitFilter("api", null), "limiters");
        refusesNull(() -> new RateLimitWebFilter(null, request -> LIMITER), "policy");
        refusesNull(() -> new RateLimitWebFilter("api", null), "limiters");
        refusesNull(() -> LimitedRequestInterceptor.of((RateLimiter) null), "limiter");
        refusesNull(() -> LimitedRequestInterceptor.of((Retry) null), "retry");
        refusesNull(() -> LimitedRequestInterceptor.of(null, RETRY), "limiter");
        refusesNull(() -> LimitedRequestInterceptor.of(LIMITER, null), "retry");
        refusesNull(() -> LimitedExchangeFilter.of((RateLimiter) null), "limiter");
        refusesNull(() -> LimitedExchangeFilter.of((Retry) null), "retry");
        refusesNull(() -> LimitedExchangeFilter.of(null, RETRY), "limiter");
        refusesNull(() -> LimitedExchangeFilter.of(LIMITER, null), "retry");
        Contexts.plain().run(context -> {
            WeirRegistry registry = context.getBean(WeirRegistry.class);
            refusesNull(() -> registry.pool(null), "name");
            refusesNull(() -> registry.rateLimiter(null), "name");
            refusesNull(() -> registry.rateLimiter("api", null), "key");
        });
    }

    @Test
    void a_policy_that_a_header_cannot_have_is_refused() {
        assertThatThrownBy(() -> new RateLimitFilter("größe", request -> LIMITER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("policy must be of printable ASCII characters");
    }

    @Test
    void every_object_describes_itself_for_a_log() {
        assertThat(new RateLimitFilter("api", request -> LIMITER)).hasToString("RateLimitFilter[api]");
        assertThat(new RateLimitWebFilter("api", request -> LIMITER)).hasToString("RateLimitWebFilter[api]");
        assertThat(LimitedRequestInterceptor.of(RETRY).toString()).startsWith("LimitedRequestInterceptor[Retry[");
        assertThat(LimitedExchangeFilter.of(LIMITER).toString()).startsWith("LimitedExchangeFilter[TokenBucket[");
    }
}

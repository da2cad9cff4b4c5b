package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.scope.Timeouts;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Retries put together with the other parts, as functions around functions. */
class CompositionTest {
    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private final AtomicInteger calls = new AtomicInteger();

    private Retry retry(int attempts) {
        return Retry.builder(RetryPolicy.builder()
                        .maxAttempts(attempts)
                        .backoff(Backoff.none())
                        .build())
                .timeSource(time)
                .build();
    }

    private int flaky(String key) throws IOException {
        if (calls.incrementAndGet() % 3 != 0) {
            throw new IOException("attempt " + calls.get());
        }
        return key.length();
    }

    @Test
    void every_attempt_takes_a_permit_if_the_limiter_is_inside() throws Exception {
        RateLimiter limiter = TokenBucket.builder(Rate.perSecond(1).withBurst(1))
                .timeSource(time)
                .build();
        ThrowingFunction<String, Integer, IOException> lookup = retry(3).decorate(limiter.decorate(this::flaky));
        assertEquals(3, lookup.apply("abc"));
        assertEquals(3, calls.get());
        assertEquals(Duration.ofSeconds(2).toNanos(), time.nanoTime()); // the burst is one, then one a second
    }

    @Test
    void the_call_takes_a_permit_if_the_limiter_is_outside() throws Exception {
        RateLimiter limiter = TokenBucket.builder(Rate.perSecond(1).withBurst(1))
                .timeSource(time)
                .build();
        ThrowingFunction<String, Integer, IOException> lookup = limiter.decorate(retry(3).decorate(this::flaky));
        assertEquals(3, lookup.apply("abc"));
        assertEquals(3, calls.get());
        assertEquals(0, time.nanoTime());
    }

    @Test
    void a_timeout_around_the_retry_ends_it_in_a_delay_and_one_around_an_attempt_is_retried() throws Exception {
        ManualTimeSource clock = new ManualTimeSource();
        Retry slow = Retry.builder(RetryPolicy.builder()
                        .backoff(Backoff.fixed(Duration.ofHours(1)))
                        .build())
                .timeSource(clock)
                .build();
        Deadline soon = Deadline.after(Duration.ofMillis(20), clock);
        FutureTask<TimeoutException> call = new FutureTask<>(() ->
                assertThrows(TimeoutException.class, () -> Timeouts.call(soon, () -> slow.call(() -> flaky("abc")))));
        Thread.ofPlatform().start(call);
        clock.awaitWaiters(2); // the caller, and the retry in its delay
        clock.advance(Duration.ofMillis(20));
        TimeoutException late = call.get();
        InterruptedException stopped = assertInstanceOf(InterruptedException.class, late.getSuppressed()[0]);
        assertEquals("attempt 1", stopped.getSuppressed()[0].getMessage());
        assertEquals(1, calls.get());
        String result = retry(2).callWithAttempt(attempt ->
                Timeouts.call(attempt.number() == 1 ? Duration.ofMillis(20) : Duration.ofHours(1), () -> {
                    if (attempt.number() == 1) {
                        new CountDownLatch(1).await();
                    }
                    return "second";
                }));
        assertEquals("second", result);
    }

    @Test
    void many_items_are_retried_each_within_a_bulkhead() throws Exception {
        ResizableSemaphore bulkhead = ResizableSemaphore.fair(2);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ThrowingFunction<Integer, Integer, IOException> counted = item -> {
            try {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                if (item % 2 == 1 && calls.incrementAndGet() % 2 == 1) {
                    throw new IOException();
                }
                return item * item;
            } finally {
                inside.decrementAndGet();
            }
        };
        ThrowingFunction<Integer, Integer, IOException> guarded = bulkhead.decorate(counted);
        List<Integer> items = IntStream.range(0, 100).boxed().toList();
        List<Integer> squares = FanOut.over(items).concurrency(8).map(retry(100).decorate(guarded));
        assertEquals(items.stream().map(i -> i * i).toList(), squares);
        assertTrue(most.get() <= 2);
        assertEquals(2, bulkhead.available());
    }

    @Test
    void the_fan_outs_failures_are_passed_on_with_the_story_of_the_retry() throws Exception {
        List<Outcome<String>> outcomes = FanOut.over(List.of("a", "b")).outcomes(retry(2).decorate(key -> {
            if (key.equals("b")) {
                throw new IOException("never");
            }
            return key;
        }));
        assertEquals(Outcome.success("a"), outcomes.get(0));
        Outcome.Failure<?> failure = assertInstanceOf(Outcome.Failure.class, outcomes.get(1));
        assertTrue(failure.cause().getSuppressed()[0].getMessage().startsWith("gave up after attempt 2 (EXHAUSTED)"));
    }

    @Test
    void a_hedge_inside_a_retry_hedges_every_attempt() throws Exception {
        Hedge hedge = Hedge.after(Duration.ofHours(1)).build();
        ThrowingFunction<String, Integer, IOException> lookup = retry(3).decorate(hedge.decorate(this::flaky));
        assertEquals(3, lookup.apply("abc"));
        assertEquals(3, calls.get());
    }
}

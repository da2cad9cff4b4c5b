package dev.weir.core.sync;

import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.sync.AdaptiveLimit.Permit;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AdaptiveLimitTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - 5);

    private AdaptiveLimit limit(int initial) {
        return AdaptiveLimit.aimd(1, 100)
                .initial(initial)
                .factor(0.5)
                .timeSource(time)
                .build();
    }

    @Test
    void no_more_calls_than_the_limit_are_in_flight_and_each_outcome_gives_its_permit_back() throws Exception {
        AdaptiveLimit limit = limit(3);
        Permit first = limit.acquire();
        Permit second = limit.tryAcquire().orElseThrow();
        Permit third = limit.tryAcquire(SECOND).orElseThrow();
        assertTrue(limit.tryAcquire().isEmpty());
        assertTrue(limit.tryAcquire(Duration.ZERO).isEmpty());
        assertEquals(3, limit.inFlight());
        assertTrue(first.succeeded());
        second.close();
        assertEquals(1, limit.inFlight());
        assertEquals(3, limit.limit());
        assertTrue(third.refused());
        assertEquals(0, limit.inFlight());
        assertEquals(2, limit.limit()); // 1.5
        assertEquals(
                "AdaptiveLimit[" + limit.name() + ", 0 of 2 in flight, from 1 to 100, 0 waiting]", limit.toString());
    }

    @Test
    void a_permit_is_settled_once() throws Exception {
        AdaptiveLimit limit = limit(8);
        Permit permit = limit.acquire();
        assertEquals("Permit[open]", permit.toString());
        assertTrue(permit.succeeded());
        assertEquals("Permit[settled]", permit.toString());
        assertFalse(permit.refused());
        assertFalse(permit.succeeded());
        permit.close();
        assertEquals(0, limit.inFlight());
        assertEquals(8, limit.limit());
        Permit closed = limit.acquire();
        closed.close();
        assertFalse(closed.refused());
        assertEquals(8, limit.limit());
    }

    @Test
    void a_waiting_call_gets_the_permit_of_one_that_ends_and_of_a_limit_that_rises() throws Exception {
        AdaptiveLimit limit = limit(1);
        Permit held = limit.acquire();
        Call<Boolean> waiting = Call.start(() -> limit.acquire().succeeded());
        until(() -> limit.waiting() == 1);
        held.close();
        assertTrue(waiting.result());

        for (int i = 1; i < 99; i++) {
            limit.acquire().succeeded();
        }
        Permit last = limit.acquire(); // of a round of 100
        Call<Permit> first = Call.start(limit::acquire);
        Call<Permit> second = Call.start(limit::acquire);
        until(() -> limit.waiting() == 2);
        last.succeeded();
        first.result();
        second.result();
        until(() -> limit.waiting() == 0);
        assertEquals(2, limit.limit());
        assertEquals(2, limit.inFlight());
    }

    @Test
    void an_interrupt_before_or_in_the_wait_takes_nothing() throws Exception {
        AdaptiveLimit limit = limit(1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, limit::acquire);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> limit.tryAcquire(SECOND));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> limit.call(() -> "never run"));
        assertEquals(0, limit.inFlight());
        Permit held = limit.acquire();
        for (Callable<Permit> taking : List.<Callable<Permit>>of(
                limit::acquire, () -> limit.tryAcquire(SECOND).orElseThrow())) {
            Call<Permit> call = Call.start(taking);
            until(() -> limit.waiting() == 1);
            call.thread().interrupt();
            assertTrue(call.failure() instanceof InterruptedException);
        }
        assertEquals(0, limit.waiting());
        held.close();
        assertEquals(0, limit.inFlight());
    }

    @Test
    void a_timed_call_waits_on_the_given_clock() throws Exception {
        AdaptiveLimit limit = limit(1);
        Permit held = limit.acquire();
        Call<Boolean> call = Call.start(() -> limit.tryAcquire(SECOND).isEmpty());
        time.awaitWaiters(1);
        time.advance(SECOND);
        assertTrue(call.result());
        held.close();
    }

    @Test
    void a_success_beyond_the_latency_limit_counts_as_a_refusal() throws Exception {
        AdaptiveLimit limit = AdaptiveLimit.aimd(1, 100)
                .latencyLimit(SECOND)
                .factor(0.5)
                .timeSource(time)
                .build();
        Permit permit = limit.acquire();
        time.advance(SECOND);
        permit.succeeded();
        assertEquals(20, limit.limit());
        Permit late = limit.acquire();
        time.advance(SECOND.plusNanos(1));
        late.succeeded();
        assertEquals(10, limit.limit());
    }

    @Test
    void refusals_of_calls_that_were_under_way_together_lower_the_limit_once() throws Exception {
        AdaptiveLimit limit = limit(8);
        List<Permit> permits = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            permits.add(limit.acquire());
        }
        permits.forEach(Permit::refused);
        assertEquals(4, limit.limit());
        limit.acquire().refused();
        assertEquals(2, limit.limit());
    }

    @Test
    void a_permit_whose_task_failed_elsewhere_is_refused_as_the_limit_says() throws Exception {
        AdaptiveLimit limit = limit(8);
        assertTrue(limit.acquire().failed(new IllegalStateException("says nothing about the load")));
        assertEquals(8, limit.limit());
        Permit refused = limit.acquire();
        assertThrows(NullPointerException.class, () -> refused.failed(null));
        assertTrue(refused.failed(new TimeoutException()));
        assertFalse(refused.failed(new TimeoutException()));
        assertEquals(4, limit.limit());
        assertEquals(0, limit.inFlight());
    }

    @Test
    void failures_are_refusals_if_they_are_time_outs_or_rejections() {
        for (Throwable refusal : List.of(
                new TimeoutException(),
                new RejectedExecutionException(),
                new CompletionException(new TimeoutException()))) {
            AdaptiveLimit limit = limit(8);
            assertSame(
                    refusal,
                    assertThrows(
                            refusal.getClass(),
                            () -> limit.call(() -> {
                                throw refusal;
                            })));
            assertEquals(4, limit.limit());
            assertEquals(0, limit.inFlight());
        }
        for (Throwable other : List.of(new IOException(), new Error(), new InterruptedException())) {
            AdaptiveLimit limit = limit(8);
            assertSame(
                    other,
                    assertThrows(
                            other.getClass(),
                            () -> limit.call(() -> {
                                throw other;
                            })));
            assertEquals(8, limit.limit());
            assertEquals(0, limit.inFlight());
        }
    }

    @Test
    void the_users_own_rule_is_asked_when_the_permit_is_back_and_harms_nobody_if_it_throws() {
        AtomicInteger inFlight = new AtomicInteger(-1);
        AdaptiveLimit[] limits = new AdaptiveLimit[1];
        IllegalStateException thrown = new IllegalStateException("a rule that throws");
        limits[0] = AdaptiveLimit.gradient(1, 100)
                .refusedIf(failure -> {
                    inFlight.set(limits[0].inFlight());
                    if (failure instanceof Error) {
                        throw thrown;
                    }
                    return failure instanceof IOException;
                })
                .factor(0.5)
                .build();
        assertThrows(
                IOException.class,
                () -> limits[0].call(() -> {
                    throw new IOException();
                }));
        assertEquals(10, limits[0].limit());
        assertEquals(0, inFlight.get());
        Error failure = assertThrows(
                Error.class,
                () -> limits[0].call(() -> {
                    throw new Error();
                }));
        assertSame(thrown, failure.getSuppressed()[0]);
        assertEquals(10, limits[0].limit());
        assertEquals(0, limits[0].inFlight());
    }

    @Test
    void decorated_functions_are_limited() throws Exception {
        AdaptiveLimit limit = limit(1);
        ThrowingFunction<String, Integer, IOException> length = limit.decorate(text -> {
            assertTrue(limit.tryAcquire().isEmpty());
            return text.length();
        });
        assertEquals(4, length.apply("weir"));
        assertEquals(1, limit.decorateSupplier(limit::inFlight).get());
        assertEquals(0, limit.inFlight());
        assertEquals("found weir", SyncSnippets.adaptive());
    }

    @Test
    void a_clock_that_throws_leaves_no_permit_taken() {
        TimeSource broken = new TimeSource() {
            @Override
            public long nanoTime() {
                throw new IllegalStateException("no time");
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {
                throw new IllegalStateException("no time");
            }

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                throw new IllegalStateException("no time");
            }
        };
        AdaptiveLimit limit = AdaptiveLimit.aimd(1, 2).timeSource(broken).build();
        for (int i = 0; i < 3; i++) {
            assertThrows(IllegalStateException.class, limit::acquire);
            assertThrows(IllegalStateException.class, limit::tryAcquire);
            assertEquals(0, limit.inFlight());
        }
    }

    @Test
    void a_limit_found_through_calls_follows_a_service_that_becomes_slow() throws Exception {
        AdaptiveLimit limit =
                AdaptiveLimit.gradient(1, 100).timeSource(time).initial(50).build();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 2; i++) {
                List<Permit> permits = new ArrayList<>();
                for (int left = limit.limit(); left > 0; left--) {
                    permits.add(limit.acquire());
                }
                time.advance(Duration.ofMillis(round < 2 ? 10 : 40));
                permits.forEach(Permit::succeeded);
            }
        }
        assertTrue(limit.limit() < 40, limit.toString());
    }

    @Test
    void numbers_out_of_range_are_refused() {
        assertThrows(IllegalArgumentException.class, () -> AdaptiveLimit.gradient(0, 2));
        assertThrows(IllegalArgumentException.class, () -> AdaptiveLimit.aimd(3, 2));
        AdaptiveLimitBuilder builder = AdaptiveLimit.aimd(2, 5);
        assertThrows(IllegalArgumentException.class, () -> builder.initial(1));
        assertThrows(IllegalArgumentException.class, () -> builder.initial(6));
        for (double factor : new double[] {0, 1, -1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> builder.factor(factor));
        }
        assertThrows(IllegalArgumentException.class, () -> builder.latencyLimit(Duration.ZERO));
        assertThrows(NullPointerException.class, () -> builder.refusedIf(null));
        assertThrows(NullPointerException.class, () -> builder.timeSource(null));
        assertEquals("AdaptiveLimitBuilder[from 2 to 5, initial 5, factor 0.9]", builder.toString());
        assertEquals(5, builder.build().limit());
        AdaptiveLimit limit = builder.initial(2).build();
        assertEquals(2, limit.limit());
        assertThrows(NullPointerException.class, () -> limit.call(null));
        assertThrows(NullPointerException.class, () -> limit.decorate(null));
        assertThrows(NullPointerException.class, () -> limit.decorateSupplier(null));
        assertThrows(NullPointerException.class, () -> limit.tryAcquire(null));
        assertEquals(0, limit.inFlight());
    }
}

package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import dev.weir.testkit.FlightRecords;
import java.time.Duration;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;

/** What a flight recording has of limiters. */
class FlightEventsTest {
    private static TokenBucket bucket(Rate rate) {
        return TokenBucket.builder(rate.withBurst(1)).name("api").build();
    }

    private static RecordedEvent only(List<RecordedEvent> events) {
        assertEquals(1, events.size(), events::toString);
        return events.get(0);
    }

    @Test
    void a_wait_is_recorded_with_the_name_of_the_limiter() throws Exception {
        TokenBucket bucket = bucket(Rate.of(1, Duration.ofDays(1)));
        RecordedEvent event = only(FlightRecords.of("dev.weir.LimiterWait", () -> {
            assertTrue(bucket.tryAcquire());
            assertFalse(bucket.tryAcquire());
            Call<Void> waits = Call.run(bucket::acquire);
            Call.until(() -> bucket.metrics().waiters() == 1);
            bucket.refund(1);
            waits.result();
        }));
        assertEquals("api", event.getString("limiter"));
        assertEquals(1, event.getLong("permits"));
        assertTrue(event.getDuration().isPositive());
        assertTrue(event.toString().contains("limiter = \"api\""), event.toString()); // as jfr print shows it
    }

    @Test
    void a_request_that_would_have_waited_and_got_nothing_is_recorded_and_one_that_would_not_is_not() throws Exception {
        TokenBucket bucket = bucket(Rate.of(1, Duration.ofDays(1)));
        assertTrue(bucket.tryAcquire());
        List<RecordedEvent> events = FlightRecords.of("dev.weir.LimiterRejection", () -> {
            assertFalse(bucket.tryAcquire());
            assertFalse(bucket.tryAcquire(Duration.ofMillis(1)));
            Call<Boolean> waits = Call.start(() -> bucket.tryAcquire(Duration.ofDays(2)));
            Call.until(() -> bucket.metrics().waiters() == 1);
            waits.interrupt();
            waits.assertThrew(InterruptedException.class);
        });
        assertEquals(
                List.of("api", "api"),
                events.stream().map(event -> event.getString("limiter")).toList());
        assertTrue(events.get(1).getDuration().isPositive());
    }

    @Test
    void waits_at_several_limits_are_recorded_with_the_name_of_their_combination() throws Exception {
        Rate rate = Rate.of(1, Duration.ofDays(1));
        RateLimiter both = RateLimiter.allOf(bucket(rate), bucket(rate));
        RecordedEvent event = only(FlightRecords.of("dev.weir.LimiterRejection", () -> {
            assertTrue(both.tryAcquire());
            assertFalse(both.tryAcquire(Duration.ofNanos(1)));
        }));
        assertTrue(List.of(both.name(), "api").contains(event.getString("limiter")));
    }

    @Test
    void nothing_is_recorded_that_nobody_has_enabled() throws Exception {
        TokenBucket bucket = bucket(Rate.perSecond(20));
        assertEquals(List.of(), FlightRecords.byDefault(() -> {
            bucket.acquire();
            bucket.acquire();
        }));
    }
}

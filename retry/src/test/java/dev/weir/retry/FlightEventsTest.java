package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.FlightRecords;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;

/** What a flight recording has of retries and hedges. */
class FlightEventsTest {
    private final Retry retry = Retry.builder(RetryPolicy.builder()
                    .maxAttempts(3)
                    .backoff(Backoff.fixed(Duration.ofMillis(1)))
                    .build())
            .name("lookup")
            .build();

    private static Object fail() throws IOException {
        throw new IOException("expected by the test");
    }

    private void failAlways() {
        assertThrows(IOException.class, () -> retry.call(FlightEventsTest::fail));
    }

    @Test
    void each_attempt_that_is_followed_by_another_is_recorded() throws Exception {
        List<RecordedEvent> events = FlightRecords.of("dev.weir.RetryAttempt", this::failAlways);
        assertEquals(
                List.of(1, 2),
                events.stream().map(event -> event.getInt("attempt")).toList());
        RecordedEvent first = events.get(0);
        assertEquals("lookup", first.getString("retry"));
        assertEquals("java.io.IOException: expected by the test", first.getString("failure"));
        assertEquals(Duration.ofMillis(1), first.getDuration("delay"));
        assertTrue(first.toString().contains("retry = \"lookup\""), first.toString()); // as jfr print shows it
    }

    @Test
    void a_run_that_gives_up_is_recorded_with_the_reason_also_an_asynchronous_one() throws Exception {
        List<RecordedEvent> events = FlightRecords.of("dev.weir.RetryGiveUp", () -> {
            failAlways();
            CompletableFuture<Object> later =
                    retry.callAsync(() -> CompletableFuture.failedFuture(new IOException("expected by the test")));
            assertThrows(Exception.class, () -> later.get(60, TimeUnit.SECONDS));
        });
        assertEquals(2, events.size());
        for (RecordedEvent event : events) {
            assertEquals("lookup", event.getString("retry"));
            assertEquals(3, event.getInt("attempts"));
            assertEquals("EXHAUSTED", event.getString("reason"));
            assertEquals("java.io.IOException: expected by the test", event.getString("failure"));
        }
    }

    @Test
    void a_further_attempt_of_a_hedge_is_recorded_when_it_is_made_and_when_it_wins() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Hedge hedge = Hedge.after(Duration.ofMillis(1))
                .name("search")
                .timeSource(time)
                .build();
        AtomicInteger attempts = new AtomicInteger();
        CountDownLatch never = new CountDownLatch(1);
        List<RecordedEvent> events = FlightRecords.of("dev.weir.HedgeAttempt", () -> {
            Call<String> call = Call.start(() -> hedge.call(() -> {
                if (attempts.incrementAndGet() == 1) {
                    never.await();
                }
                return "second";
            }));
            Call.until(() -> attempts.get() == 1); // otherwise the further attempt might be the first to begin
            time.awaitWaiters(1);
            time.advance(Duration.ofMillis(1));
            assertEquals("second", call.result());
        });
        assertEquals(
                List.of(false, true),
                events.stream().map(event -> event.getBoolean("won")).toList());
        for (RecordedEvent event : events) {
            assertEquals("search", event.getString("hedge"));
            assertEquals(2, event.getInt("attempt"));
        }
    }

    @Test
    void nothing_is_recorded_that_nobody_has_enabled() throws Exception {
        assertEquals(List.of(), FlightRecords.byDefault(this::failAlways));
    }
}

package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RedisLoadTest {
    private static Latencies latencies(long... nanos) {
        Latencies latencies = new Latencies();
        for (long one : nanos) {
            latencies.add(one);
        }
        return latencies;
    }

    @Test
    void quantiles_are_exact_to_a_sixteenth() {
        for (long nanos = 1; nanos < 1_000_000_000_000L; nanos = nanos * 3 + 1) {
            double micros = latencies(nanos).micros(0.5);
            assertEquals(nanos / 1e3, micros, nanos / 1e3 / 16, nanos + " ns");
        }
        assertEquals(1, latencies(10, 1_000, 1_000_000).micros(0.5), 1 / 16.0);
        assertEquals(1_000, latencies(10, 1_000, 1_000_000).micros(0.99), 1_000 / 16.0);
        assertTrue(Double.isNaN(latencies().micros(0.5)));
    }

    @Test
    void a_load_is_the_same_after_it_was_sent_in_a_line() {
        for (Latencies latencies : List.of(latencies(), latencies(0, 5, 5, 123_456_789, Long.MAX_VALUE))) {
            String line = new RedisLoad(7, 6, 1.5e9, 2.25, latencies).line();
            assertEquals(line, RedisLoad.parse(line).line());
        }
    }

    @Test
    void loads_together_have_the_sum_of_the_decisions_and_the_longest_time() {
        RedisLoad one = new RedisLoad(7, 6, 100, 10, latencies(1_000, 1_000));
        RedisLoad other = new RedisLoad(3, 3, 200, 5, latencies(1_000_000));
        assertEquals(
                new RedisLoad(10, 9, 200, 15, latencies(1_000, 1_000, 1_000_000)).line(),
                RedisLoad.together(List.of(one, other)).line());
    }

    @Test
    void every_thread_asks_until_the_time_is_over_and_what_is_refused_is_counted() throws Exception {
        AtomicLong asked = new AtomicLong();
        RedisLoad load = RedisLoad.run(() -> key -> asked.incrementAndGet() % 2 == key, 3, 1, Duration.ofMillis(20));
        assertEquals(asked.get(), load.asked());
        assertEquals(asked.get() / 2, load.admitted());
        assertTrue(load.nanos() >= 20_000_000, load.line());
    }

    @Test
    void trips_are_what_was_sent() {
        RedisInfo before = new RedisInfo(10, 100, 0, 0);
        RedisInfo after = new RedisInfo(15, 112, 0, 0);
        assertEquals(5, after.tripsSince(before, Entry.WEIR), "a script's own GETs are none");
        assertEquals(12, after.tripsSince(before, RedisClients.BUCKET4J), "7 GETs besides those of 5 scripts");
    }

    @Test
    void further_figures_are_columns() {
        Sample sample = new Sample(1, 1, Map.of("trips", 0.125));
        Row row = Row.of(new Entry("hot key", Entry.WEIR, () -> sample), List.of(sample, sample));
        Results results = new Results(List.of(row, ResultsTest.row("memory", Entry.WEIR, 1, 1)));
        assertEquals(new Figure(0.125, "hot key"), results.figure("hot key", Entry.WEIR, "trips"));
        assertTrue(Double.isNaN(results.figure("memory", Entry.WEIR, "trips").value()));
        String text = new Report("demo", "", results, List.of()).text();
        assertTrue(text.contains("|  1.0 | 0.125 |   1.00 |      2 |"), text);
        assertTrue(text.contains("|  1.0 |     - |   1.00 |      1 |"), text);
    }
}

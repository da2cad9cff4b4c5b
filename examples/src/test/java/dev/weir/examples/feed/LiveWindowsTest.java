package dev.weir.examples.feed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.pipeline.PipelineException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LiveWindowsTest {
    private final List<DoubleSummaryStatistics> seen = new ArrayList<>();

    @Test
    void every_tick_is_in_one_tumbling_window() throws Exception {
        Duration window = Duration.ofMillis(20);
        try (Feed feed = new Feed(1_000, Duration.ofNanos(10_000))) {
            LiveWindows.watch(feed.open(), window, window, seen::add);
        }
        assertEquals(
                1_000,
                seen.stream().mapToLong(DoubleSummaryStatistics::getCount).sum());
        assertTrue(seen.stream().allMatch(prices -> prices.getMin() <= prices.getAverage()));
    }

    @Test
    void a_tick_is_in_several_sliding_windows() throws Exception {
        Semaphore displayed = new Semaphore(0);
        try (Feed feed = new Feed(10, () -> displayed.acquire(4))) { // the next one only when this one is over
            LiveWindows.watch(feed.open(), Duration.ofMillis(40), Duration.ofMillis(10), window -> {
                seen.add(window);
                displayed.release();
            });
        }
        assertEquals(40, seen.size());
        assertTrue(seen.stream().allMatch(window -> window.getCount() == 1));
    }

    @Test
    void no_feed_is_a_failure_of_the_source() {
        URI nobody = URI.create("ws://127.0.0.1:1");
        PipelineException failure = assertThrows(
                PipelineException.class,
                () -> LiveWindows.watch(nobody, Duration.ofMillis(10), Duration.ofMillis(10), seen::add));
        assertEquals("source", failure.stage());
    }
}

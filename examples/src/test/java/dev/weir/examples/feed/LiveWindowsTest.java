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
        try (Feed feed = new Feed(100, Duration.ofMillis(1))) {
            LiveWindows.watch(feed.open(), Duration.ofMillis(40), Duration.ofMillis(10), seen::add);
        }
        assertTrue(seen.size() > 4, seen.size() + " windows");
        assertTrue(seen.stream().mapToLong(DoubleSummaryStatistics::getCount).sum() > 100);
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

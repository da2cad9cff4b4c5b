package dev.weir.examples.feed;

import dev.weir.pipeline.Pipeline;
import java.net.URI;
import java.time.Duration;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.Consumer;

/** Watches a feed of prices as it comes: each half second, the lowest, mean and highest price of the last second. */
public final class LiveWindows {
    private LiveWindows() {}

    /** A price and its number in the feed. */
    record Tick(int number, double price) {
        static Tick parse(String message) {
            String[] parts = message.split(" ");
            return new Tick(Integer.parseInt(parts[0]), Double.parseDouble(parts[1]));
        }
    }

    static DoubleSummaryStatistics summary(List<Tick> window) {
        return window.stream().mapToDouble(Tick::price).summaryStatistics();
    }

    /** Returns when the feed has ended. */
    static void watch(URI feed, Duration size, Duration slide, Consumer<DoubleSummaryStatistics> display)
            throws InterruptedException {
        Pipeline.from(LiveFeed.connect(feed))
                .map("parse", Tick::parse)
                .window(size, slide)
                .map("summarise", LiveWindows::summary)
                .to("display", display::accept)
                .start()
                .awaitCompletion();
    }

    /**
     * Serves a feed of five seconds on this machine and watches it.
     *
     * @param args none
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        try (Feed feed = new Feed(1_000, Duration.ofMillis(5))) {
            watch(
                    feed.open(),
                    Duration.ofSeconds(1),
                    Duration.ofMillis(500),
                    prices -> System.out.printf(
                            "%4d ticks, %.2f – %.2f, mean %.2f%n",
                            prices.getCount(), prices.getMin(), prices.getMax(), prices.getAverage()));
        }
    }
}

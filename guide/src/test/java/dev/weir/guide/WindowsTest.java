package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of the entry on windows in docs/guide/applications.md. */
@Timeout(60)
class WindowsTest {
    // @start region="windows-naive"
    static final class LastSecond { // broken
        private List<Double> prices = new ArrayList<>();

        synchronized void add(double price) {
            prices.add(price);
        }

        /** A timer calls this every second. */
        void show(Consumer<List<Double>> display) {
            display.accept(List.copyOf(prices)); // not synchronized, for it is slow;
            prices = new ArrayList<>(); // so what came meanwhile is in no window
        }
    }

    // @end

    @Test
    void a_naive_window_loses_what_comes_while_it_is_shown() {
        LastSecond naive = new LastSecond();
        naive.add(1.0);
        List<Double> shown = new ArrayList<>();
        naive.show(window -> {
            naive.add(2.0); // as another thread does
            shown.addAll(window);
        });
        naive.show(shown::addAll);
        assertEquals(List.of(1.0), shown);
    }

    @Test
    void a_window_has_each_element_once() throws Exception {
        Channel<Double> prices = Channel.bounded(16);
        List<DoubleSummaryStatistics> shown = new ArrayList<>();
        // @start region="windows"
        RunningPipeline running = Pipeline.from(prices)
                .window(Duration.ofMillis(50)) // or window(size, slide), where windows overlap
                .map(
                        "summarise",
                        window -> window.stream().mapToDouble(price -> price).summaryStatistics())
                .to("display", summary -> shown.add(summary))
                .start();
        // @end
        for (int i = 0; i < 100; i++) {
            prices.send(i * 1.0);
            Thread.sleep(2);
        }
        prices.close();
        running.awaitCompletion();
        assertEquals(
                100, shown.stream().mapToLong(DoubleSummaryStatistics::getCount).sum());
        assertTrue(shown.size() > 1);
    }
}

package dev.weir.core.fanout;

import dev.weir.core.scope.Timeouts;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** The code of this package's documentation. */
final class FanOutSnippets {
    private FanOutSnippets() {}

    private static int length(String url) throws IOException, InterruptedException {
        if (url.isEmpty()) {
            throw new IOException("no url");
        }
        return url.length();
    }

    static List<Integer> map(List<String> urls) throws IOException, InterruptedException {
        // @start region="map"
        List<Integer> lengths = FanOut.over(urls)
                .concurrency(5)
                .timeoutEach(Duration.ofSeconds(10))
                .map(url -> length(url)); // throws the IOException of the first to fail
        // @end
        return lengths;
    }

    static List<Integer> stream(Iterable<String> urls) throws IOException, InterruptedException {
        // @start region="stream"
        List<Integer> firstThree = FanOut.over(urls).concurrency(5).stream(
                url -> length(url), lengths -> lengths.limit(3).toList()); // the others are cancelled
        // @end
        return firstThree;
    }

    static long range() throws InterruptedException {
        // @start region="range"
        long even = FanOut.overRange(0, 10_000_000)
                .chunked(100_000)
                .reduce(0L, range -> range.stream().filter(n -> n % 2 == 0).count(), Long::sum);
        // @end
        return even;
    }

    static int timeout(String url) throws IOException, InterruptedException {
        // @start region="timeout"
        try {
            return Timeouts.call(Duration.ofSeconds(10), () -> length(url)); // IOException passes through
        } catch (TimeoutException tooSlow) {
            return -1; // the task was interrupted, and has ended
        }
        // @end
    }
}

package dev.weir.core.fanout;

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

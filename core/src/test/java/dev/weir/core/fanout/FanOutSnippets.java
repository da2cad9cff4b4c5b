package dev.weir.core.fanout;

import dev.weir.core.scope.Timeouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

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

    /** A connection to one of several addresses of a server. */
    record Connection(String address) implements AutoCloseable {
        static Connection to(String address) throws IOException, InterruptedException {
            length(address);
            return new Connection(address);
        }

        @Override
        public void close() {}
    }

    static Connection undelivered(List<String> addresses) throws IOException, InterruptedException {
        // @start region="undelivered"
        Connection first = FanOut.over(addresses)
                .onUndelivered(Connection.class, Connection::close) // those that came too late
                .firstSuccess(address -> Connection.to(address));
        // @end
        return first;
    }

    static void forEachCompleted(List<String> urls, List<Integer> found) throws IOException, InterruptedException {
        // @start region="forEachCompleted"
        FanOut.over(urls)
                .concurrency(5)
                .forEachCompleted(url -> length(url), length -> found.add(length)); // the list needs no lock
        // @end
    }

    static void expand(Path directory, Set<Path> files) throws IOException, InterruptedException {
        // @start region="expand"
        FanOut.over(List.of(directory)).concurrency(8).expand((path, more) -> {
            if (Files.isDirectory(path)) {
                try (Stream<Path> children = Files.list(path)) {
                    children.forEach(more);
                }
            } else {
                files.add(path); // a concurrent set
            }
        });
        // @end
    }
}

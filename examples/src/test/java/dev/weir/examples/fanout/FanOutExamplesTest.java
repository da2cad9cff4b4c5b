package dev.weir.examples.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.examples.site.Site;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class FanOutExamplesTest {
    @TempDir
    private Path folder;

    /** How many pages of the site were asked for at the same time. */
    private AtomicInteger mostAtOnce;

    @Test
    void urls_are_fetched_five_at_once_and_in_time() throws Exception {
        Files.writeString(folder.resolve("page.html"), "a page");
        List<Outcome<String>> pages = inTime(
                this::fetch,
                outcomes -> IntStream.range(0, 20)
                        .noneMatch(i -> i != 3 && outcomes.get(i) instanceof Outcome.Cancelled<String>));
        for (int i = 0; i < 20; i++) {
            Outcome<String> page = pages.get(i);
            switch (i) {
                case 3 ->
                    assertInstanceOf(
                            TimeoutException.class,
                            assertInstanceOf(Outcome.Cancelled.class, page).cause());
                case 4 ->
                    assertEquals(
                            "HTTP 404",
                            assertInstanceOf(Outcome.Failure.class, page)
                                    .cause()
                                    .getMessage());
                default -> assertEquals(Outcome.success("a page"), page);
            }
        }
        assertTrue(mostAtOnce.get() <= 5, "at once " + mostAtOnce.get());
    }

    /** Of a site that is slow, does not have one page and never answers for another. */
    private List<Outcome<String>> fetch(Duration timeout) throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        mostAtOnce = most;
        Filter slow = new Filter() {
            @Override
            public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
                if (exchange.getRequestURI().getPath().equals("/silent")) {
                    return;
                }
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                try {
                    Thread.sleep(20);
                } catch (InterruptedException stopped) {
                    throw new IOException(stopped);
                }
                now.decrementAndGet();
                chain.doFilter(exchange);
            }

            @Override
            public String description() {
                return "counts";
            }
        };
        try (Site site = Site.of(folder, slow);
                HttpClient http = HttpClient.newHttpClient()) {
            List<URI> addresses = IntStream.range(0, 20)
                    .mapToObj(i -> site.start().resolve(i == 3 ? "silent" : i == 4 ? "missing" : "page.html"))
                    .toList();
            return FetchUrls.fetch(http, addresses, timeout);
        }
    }

    /** Something that takes a time. */
    private interface Timed<R> {
        R within(Duration time) throws Exception;
    }

    /** With a time that is enough on this machine for all but what never ends. */
    private static <R> R inTime(Timed<R> timed, Predicate<R> enough) throws Exception {
        Duration time = Duration.ofSeconds(1);
        R result = timed.within(time);
        while (!enough.test(result) && time.toSeconds() < 60) {
            time = time.multipliedBy(2);
            result = timed.within(time);
        }
        return result;
    }

    @Test
    void every_answer_and_every_exception_is_gathered() throws Exception {
        try (ServerSocket server = new ServerSocket(0)) {
            List<String> lines = health(folder, server.getLocalPort());
            assertTrue(lines.get(0).matches("disk: \\d+"), lines.get(0));
            assertTrue(lines.get(1).startsWith("name: localhost/"), lines.get(1));
            assertEquals("port: true", lines.get(2));
            assertEquals(
                    "slow: cancelled by java.util.concurrent.TimeoutException: health was not done at its deadline",
                    lines.get(3));
        }
        List<String> lines = health(folder.resolve("none"), 1);
        assertTrue(lines.get(0).startsWith("disk: failed with java.nio.file.NoSuchFileException"), lines.get(0));
        assertTrue(lines.get(2).startsWith("port: failed with java.net.ConnectException"), lines.get(2));
    }

    private static List<String> health(Path disk, int port) throws Exception {
        return inTime(
                time -> GatherAll.health(disk, "localhost", port, Deadline.after(time)),
                lines -> lines.stream().limit(3).noneMatch(line -> line.contains(": cancelled by ")));
    }

    @Test
    void the_first_mirror_to_answer_wins_and_if_none_does_all_failures_are_told() throws Exception {
        HttpServer broken = FirstAnswer.mirror("broken", Duration.ofMillis(-1));
        HttpServer slow = FirstAnswer.mirror("slow", Duration.ofMinutes(1));
        HttpServer quick = FirstAnswer.mirror("quick", Duration.ofMillis(20));
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI bad = FirstAnswer.address(broken);
            assertEquals(
                    "from quick",
                    FirstAnswer.fetch(http, List.of(bad, FirstAnswer.address(slow), FirstAnswer.address(quick))));
            IOException thrown = assertThrows(IOException.class, () -> FirstAnswer.fetch(http, List.of(bad, bad)));
            assertEquals("HTTP 503", thrown.getMessage());
        } finally {
            broken.stop(0);
            slow.stop(0);
            quick.stop(0);
        }
    }

    @Test
    void primes_are_counted_alike_by_one_thread_and_by_all_cores() throws Exception {
        assertEquals(78_498, Primes.countSequentially(1_000_000));
        assertEquals(78_498, Primes.count(1_000_000));
        assertEquals(4, Primes.count(10));
        assertEquals(0, Primes.count(2));
    }

    @Test
    void a_folder_is_digested_alike_in_all_forms() throws Exception {
        for (int i = 0; i < 40; i++) {
            Files.writeString(
                    Files.createDirectories(folder.resolve("in" + i % 3)).resolve("file" + i), "text ".repeat(i));
        }
        List<FolderDigest.Run> runs = FolderDigest.compare(folder);
        assertEquals(3, runs.size());
        for (FolderDigest.Run run : runs) {
            assertEquals(40, run.files());
            assertEquals(runs.get(0).digest(), run.digest());
            assertTrue(run.allocatedBytes() > 0);
        }
    }

    @Test
    void the_largest_folders_of_a_tree_are_found() throws Exception {
        for (int i = 0; i < 60; i++) {
            Path deep = Files.createDirectories(folder.resolve("a" + i % 3).resolve("b" + i % 5));
            Files.writeString(deep.resolve("file" + i), "x".repeat(i % 3 == 1 && i % 5 == 2 ? 100 : 1));
        }
        Files.createSymbolicLink(folder.resolve("a0").resolve("circle"), folder);
        List<DiskUsage.Folder> all = DiskUsage.largest(folder, 100);
        assertEquals(1 + 3 + 15, all.size());
        assertEquals(60, all.stream().mapToInt(DiskUsage.Folder::files).sum());
        DiskUsage.Folder largest = new DiskUsage.Folder(folder.resolve("a1").resolve("b2"), 4, 400);
        assertEquals(List.of(largest), DiskUsage.largest(folder, 1));
        assertThrows(IOException.class, () -> DiskUsage.largest(folder.resolve("none"), 1));
    }

    @Test
    void jobs_are_printed_by_priority_and_each_has_its_end() throws Exception {
        PrintShop.Day day = PrintShop.print();
        for (int i = 0; !day.begun().contains("poster") && i < 20; i++) {
            day = PrintShop.print(); // it was out of its time before its work began
        }
        assertEquals(List.of("boarding pass", "poster", "letter", "photo", "newsletter"), day.begun());
        assertEquals("done", day.ends().get("warm-up"));
        assertEquals("1 copy", day.ends().get("boarding pass"));
        assertTrue(day.ends().get("poster").startsWith("failed: " + TimeoutException.class.getName()));
        assertEquals("cancelled", day.ends().get("love letter"));
        assertEquals("failed: java.io.IOException: out of ink", day.ends().get("photo"));
        assertEquals("2,000 copies", day.ends().get("newsletter"));
    }
}

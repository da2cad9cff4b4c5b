package dev.weir.examples.crawler;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Filter;
import dev.weir.examples.site.Faults;
import dev.weir.examples.site.Site;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
class CrawlerMainTest {
    private static final int PAGES = 120;

    @TempDir
    Path folder;

    @TempDir
    Path databases;

    private record Ran(int code, String out, String err) {}

    /** A page that links to all, a page that nobody links to, and a link to another site. */
    private void writeSite() throws IOException {
        StringBuilder links = new StringBuilder(
                "<a href='https://example.invalid/'>elsewhere</a><a href='mailto:x@example.invalid'>mail</a>");
        for (int i : IntStream.range(0, PAGES).toArray()) {
            links.append("<a href='p%d.html#part'>%d</a>".formatted(i, i));
            Files.writeString(
                    folder.resolve("p" + i + ".html"),
                    "<html><head><title>Page %d</title></head><body><a href='index.html'>up</a></body></html>"
                            .formatted(i));
        }
        Files.writeString(folder.resolve("orphan.html"), "<html></html>");
        Files.writeString(folder.resolve("index.html"), "<html><title>All</title><body>" + links + "</body></html>");
    }

    private static Ran run(String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream newOut = new ByteArrayOutputStream();
        ByteArrayOutputStream newErr = new ByteArrayOutputStream();
        System.setOut(new PrintStream(newOut, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(newErr, true, StandardCharsets.UTF_8));
        try {
            return new Ran(
                    CrawlerMain.run(args),
                    newOut.toString(StandardCharsets.UTF_8),
                    newErr.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private String query(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(
                        "jdbc:h2:" + databases.resolve("db") + ";IFEXISTS=TRUE;MAX_COMPACT_TIME=0");
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void a_site_with_every_fault_is_crawled_whole() throws Exception {
        Set<Thread> others = Thread.getAllStackTraces().keySet();
        writeSite();
        Ran ran = crawlWithFaults(4);
        for (int timeout = 8; !ran.out.contains("pages         120") && timeout < 100; timeout *= 2) {
            ran = crawlWithFaults(timeout); // this machine is slow
        }
        assertEquals(0, ran.code, ran.err);
        assertEquals("", ran.err, "quiet without a terminal");
        for (String expected : new String[] {
            "pages         120", "broken links  2", "HTTP 503=", "HTTP 429=", "connection lost=", "bottleneck    "
        }) {
            assertTrue(ran.out.contains(expected), expected + " is not in\n" + ran.out);
        }
        // The first page under two addresses, and all others but the silent and the gone one.
        assertEquals("120", query("select count(*) from page where outcome = 'ok'"));
        assertEquals("Page 3", query("select title from page where url like '%/p3.html'"));
        assertEquals("no answer in time", query("select outcome from page where url like '%/p7.html'"));
        assertEquals("HTTP 404", query("select outcome from page where url like '%/p8.html'"));
        assertEquals("404", query("select status from page where url like '%/p8.html'"));
        assertEquals("0", query("select count(*) from page where url like '%orphan%' or url like '%invalid%'"));
        assertEquals("2", query("select count(*) from link where target like '%/p8.html'"));
        assertEquals("4", query("select count(*) from link where target like '%invalid%'"));
        assertNoThreadIsLeft(others);
    }

    private Ran crawlWithFaults(int timeout) throws IOException {
        try (Site site = Site.of(folder, new Faults("/p7.html", "/p8.html"))) {
            return run(
                    "--url",
                    site.start().toString(),
                    "--timeout",
                    String.valueOf(timeout),
                    "--rate",
                    "1000",
                    "--db",
                    databases.resolve("db").toString());
        }
    }

    private static void assertNoThreadIsLeft(Set<Thread> others) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> !others.contains(thread))
                        .noneMatch(thread ->
                                thread.getName().matches("(HttpClient|HTTP-Dispatcher|parse|site|progressbar).*")));
    }

    @Test
    void a_broken_link_fails_the_crawl_only_if_that_is_asked_for() throws Exception {
        String db = databases.resolve("db").toString();
        Path page = folder.resolve("index.html");
        Files.writeString(page, "<a href='gone.html'>gone</a>");
        assertEquals(0, run("--dir", folder.toString(), "--db", db).code);
        Ran failed = run("--dir", folder.toString(), "--db", db, "--fail-on-broken");
        assertEquals(3, failed.code);
        assertTrue(failed.out.contains("linked from 1 pages"), failed.out);
        Files.writeString(page, "<a href='index.html'>here</a>");
        assertEquals(0, run("--dir", folder.toString(), "--db", db, "--fail-on-broken").code);
    }

    @Test
    void a_folder_is_crawled_and_a_second_crawl_replaces_the_first() throws Exception {
        writeSite();
        String db = databases.resolve("db").toString();
        Ran first = run("--dir", folder.toString(), "--db", db, "--concurrency", "2", "--rate", "1000");
        assertEquals(0, first.code, first.err);
        assertEquals("122", query("select count(*) from page"));
        Files.delete(folder.resolve("p5.html"));
        Ran second = run("--dir", folder.toString(), "--db", db, "--rate", "1000");
        assertEquals(0, second.code, second.err);
        assertTrue(second.out.contains("retries       {}"), second.out);
        assertEquals("121", query("select count(*) from page where outcome = 'ok'"));
        assertEquals("HTTP 404", query("select outcome from page where url like '%/p5.html'"));
    }

    @Test
    void a_site_that_is_not_there_is_reported() {
        Ran ran = run(
                "--url", "http://127.0.0.1:1/", "--db", databases.resolve("db").toString());
        assertEquals(1, ran.code);
        assertTrue(ran.out.contains("broken        no connection: http://127.0.0.1:1/"), ran.out);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --rate=0         | --rate must be at least 1, but is 0
        --concurrency=0  | --concurrency must be at least 1, but is 0
        --timeout=-1     | --timeout must be at least 1, but is -1
        --rate=x         | Invalid value for option "--rate": "x" is not an int
        --unheard-of     | Unknown option: "--unheard-of"
        --dir=/not/there | --dir must be a folder, but is /not/there
        --url=ftp://x/   | --url must be an http or https address, but is ftp://x/
        --url=http:///x  | --url must be an http or https address, but is http:///x
        """)
    void a_wrong_argument_gets_one_line_and_code_2(String argument, String message) {
        Ran ran = run(argument);
        assertEquals(2, ran.code);
        assertEquals("crawler: " + message.replace('"', '\'') + System.lineSeparator(), ran.err);
        assertEquals("", ran.out);
    }

    @Test
    void url_and_dir_exclude_each_other_and_the_database_must_open() throws Exception {
        assertEquals(2, run("--url", "http://h/", "--dir", folder.toString()).code);
        Path file = Files.writeString(folder.resolve("file"), "not a folder");
        Ran ran = run("--dir", folder.toString(), "--db", file.resolve("db").toString());
        assertEquals(2, ran.code);
        assertTrue(ran.err.startsWith("crawler: --db cannot be opened: "), ran.err);
        assertEquals(1, ran.err.lines().count(), ran.err);
    }

    @Test
    void a_signal_ends_it_in_time_and_leaves_a_readable_database() throws Exception {
        writeSite();
        AtomicInteger requests = new AtomicInteger();
        Filter counting = Filter.beforeHandler("counts", exchange -> requests.incrementAndGet());
        try (Site site = Site.of(folder, counting, new Faults("/p7.html", "/p8.html"))) {
            Process crawler = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            CrawlerMain.class.getName(),
                            "--url",
                            site.start().toString(),
                            "--timeout",
                            "600", // so the page that is never answered alone would take ten minutes
                            "--rate",
                            "5", // so the site has pages left when it is stopped
                            "--db",
                            databases.resolve("db").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(databases.resolve("output").toFile())
                    .start();
            await().atMost(Duration.ofMinutes(2)).until(() -> requests.get() >= 40);
            crawler.destroy(); // SIGTERM; a SIGINT is ignored where this build runs in a shell's background
            assertTrue(crawler.waitFor(60, TimeUnit.SECONDS)); // 2 s, and room for a busy machine
            assertEquals(128 + 15, crawler.exitValue());
        }
        assertEquals("", Files.readString(databases.resolve("output")));
        int stored = Integer.parseInt(query("select count(*) from page"));
        assertTrue(stored > 0 && stored < PAGES, "stored " + stored);
    }

    @Test
    void retry_after_is_read_as_seconds_or_as_a_date() {
        assertEquals(Duration.ofSeconds(120), Refused.parse("120"));
        assertTrue(Refused.parse("Wed, 21 Oct 2015 07:28:00 GMT").isNegative());
        assertTrue(Refused.parse("Tue, 31 Dec 2199 23:59:59 GMT").toDays() > 365);
        assertNull(Refused.parse("soon"));
        assertNull(Refused.parse("99999999999999999999"));
    }
}

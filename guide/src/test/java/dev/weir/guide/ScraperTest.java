package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.fanout.FanOut;
import dev.weir.pipeline.ErrorPolicy;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.pipeline.StageFailure;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of the scraper and of fetch, process, store in docs/guide/applications.md. */
@Timeout(60)
class ScraperTest {
    private static String fetch(HttpClient http, URI url) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(url + ": status " + response.statusCode());
        }
        return response.body();
    }

    // @start region="scrape-naive"
    static void scrape(ExecutorService threads, String url, Set<String> seen, Function<String, List<String>> links) {
        if (seen.add(url)) {
            threads.submit(() -> {
                for (String link : links.apply(url)) {
                    scrape(threads, link, seen, links); // after a shutdown: rejected, and nobody sees it
                }
            });
        }
    }

    // @end

    @Test
    void a_naive_scraper_does_not_know_when_it_is_done() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        Set<String> read = ConcurrentHashMap.newKeySet();
        CountDownLatch shutDown = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(5)) {
            scrape(threads, "start", seen, url -> {
                try {
                    shutDown.await();
                } catch (InterruptedException stop) {
                    Thread.currentThread().interrupt();
                }
                read.add(url);
                return List.of("a", "b");
            });
            threads.shutdown();
            shutDown.countDown();
        }
        assertEquals(Set.of("start"), read);
    }

    private static Map<URI, String> scrape(HttpClient http, URI start) throws IOException, InterruptedException {
        Map<URI, String> titles = new ConcurrentHashMap<>();
        Retry retry = Retry.of(RetryPolicy.defaults());
        // @start region="scrape"
        KeyedRateLimiter<String> perHost = KeyedRateLimiter.<String>builder(
                        Rate.perSecond(200).withBurst(5))
                .build();
        Set<URI> seen = ConcurrentHashMap.newKeySet();
        seen.add(start);
        FanOut.over(List.of(start)).concurrency(5).expand((url, more) -> {
            String html = retry.call(() -> {
                perHost.acquire(url.getHost()); // each attempt takes a permit
                return fetch(http, url);
            });
            Document page = Jsoup.parse(html, url.toString());
            titles.put(url, page.title());
            page.select("a[href]").stream()
                    .map(link -> URI.create(link.absUrl("href")))
                    .filter(link -> link.getHost().equals(start.getHost()) && seen.add(link))
                    .forEach(more); // items that this item adds
        });
        // @end
        return titles;
    }

    @Test
    void a_scraper_visits_every_page_once() throws Exception {
        try (Loopback server = Loopback.start();
                HttpClient http = HttpClient.newHttpClient()) {
            Map<URI, String> titles = scrape(http, server.uri("/site/1"));
            assertEquals(31, titles.size());
            assertEquals("Page 31", titles.get(server.uri("/site/31")));
            assertEquals(31, server.requests());
            assertTrue(server.mostAtOnce() <= 5);
        }
    }

    private static List<StageFailure> fetchProcessStore(HttpClient http, List<URI> urls, List<Integer> database)
            throws InterruptedException {
        List<StageFailure> failures = Collections.synchronizedList(new ArrayList<>());
        // @start region="fetch-store"
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(3)
                .backoff(Backoff.exponential(Duration.ofMillis(20), 2).withFullJitter())
                .retryOn(IOException.class)
                .build());
        try (RunningPipeline running = Pipeline.from(urls)
                .mapParallel("fetch", 5, retry.decorate((URI url) -> fetch(http, url))) // 5 at once
                .timeout(Duration.ofSeconds(10)) // for each, its retries too
                .onError(ErrorPolicy.deadLetter(failures::add)) // the others go on
                .mapParallel("process", 2, page -> page.length())
                .batch(100, Duration.ofMillis(100))
                .to("store", rows -> database.addAll(rows))
                .start()) {
            running.awaitCompletion();
        }
        // @end
        return failures;
    }

    @Test
    void pages_are_fetched_processed_and_stored() throws Exception {
        try (Loopback server = Loopback.start();
                HttpClient http = HttpClient.newHttpClient()) {
            List<URI> urls = new ArrayList<>(server.uris("/flaky/", 20)); // each fails once
            urls.add(server.uri("/missing")); // fails always
            List<Integer> database = new ArrayList<>();
            List<StageFailure> failures = fetchProcessStore(http, urls, database);
            assertEquals(20, database.size());
            assertEquals(
                    List.of("fetch"), failures.stream().map(StageFailure::stage).toList());
            assertEquals(43, server.requests());
            assertTrue(server.mostAtOnce() <= 5);
        }
    }
}

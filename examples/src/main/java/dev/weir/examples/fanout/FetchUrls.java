package dev.weir.examples.fanout;

import dev.weir.core.Outcome;
import dev.weir.core.fanout.FanOut;
import dev.weir.examples.site.Site;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Fetches pages, at most five at once, each for one second at most. */
public final class FetchUrls {
    private FetchUrls() {}

    /**
     * Fetches addresses.
     *
     * @param http the client
     * @param addresses the addresses
     * @param timeout how long each may take
     * @return what came of each, in their order
     * @throws InterruptedException if the thread is interrupted; no request goes on then
     */
    public static List<Outcome<String>> fetch(HttpClient http, List<URI> addresses, Duration timeout)
            throws InterruptedException {
        return FanOut.over(addresses).concurrency(5).timeoutEach(timeout).outcomes(address -> get(http, address));
    }

    static String get(HttpClient http, URI address) throws IOException, InterruptedException {
        HttpResponse<String> response =
                http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("HTTP " + response.statusCode());
        }
        return response.body();
    }

    /**
     * Fetches some pages of a site that fails now and then, and prints what came of each.
     *
     * @param args none
     * @throws Exception if the site cannot be started
     */
    public static void main(String[] args) throws Exception {
        String folder = "org.junit.jupiter.api/org/junit/jupiter/api/";
        try (Site site = Site.ofJavadoc();
                HttpClient http = HttpClient.newHttpClient()) {
            List<URI> addresses = Stream.of(
                            "index.html",
                            "overview-tree.html", // is never answered
                            "help-doc.html", // is not found
                            folder + "Assertions.html",
                            folder + "Assumptions.html",
                            folder + "AfterAll.html",
                            folder + "AfterEach.html",
                            folder + "BeforeAll.html",
                            folder + "BeforeEach.html",
                            folder + "Disabled.html",
                            folder + "DisplayName.html",
                            folder + "DynamicTest.html",
                            folder + "Nested.html",
                            folder + "Tag.html",
                            folder + "Test.html",
                            folder + "Timeout.html")
                    .map(path -> site.start().resolve(path))
                    .toList();
            List<Outcome<String>> pages = fetch(http, addresses, Duration.ofSeconds(1));
            for (int i = 0; i < pages.size(); i++) {
                String came = switch (pages.get(i)) {
                    case Outcome.Success<String>(String page) -> page.length() + " characters";
                    case Outcome.Failure<String>(Throwable cause) -> "failed: " + cause.getMessage();
                    case Outcome.Cancelled<String>(boolean started, Throwable cause) -> "no answer in time";
                };
                System.out.printf("%-70s %s%n", addresses.get(i).getPath(), came);
            }
        }
    }
}

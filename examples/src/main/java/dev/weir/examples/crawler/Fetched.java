package dev.weir.examples.crawler;

import dev.weir.core.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jsoup.Jsoup;

/** What came of an address: an answer, or why there is none. */
record Fetched(URI uri, Outcome<HttpResponse<byte[]>> outcome, Duration took) {
    /** The work for the processor: everything between the bytes and the links. */
    Page parse() throws IOException {
        return switch (outcome) {
            case Outcome.Success<HttpResponse<byte[]>>(HttpResponse<byte[]> response) -> parse(response);
            case Outcome.Failure<?>(Throwable cause) -> broken(0, why(cause));
            case Outcome.Cancelled<?>(boolean started, Throwable cause) -> broken(0, why(cause));
        };
    }

    private Page parse(HttpResponse<byte[]> response) throws IOException {
        int status = response.statusCode();
        if (status >= 300) {
            return broken(status, "HTTP " + status);
        }
        byte[] html = response.body();
        var document =
                Jsoup.parse(new ByteArrayInputStream(html), null, response.uri().toString());
        List<String> links = document.select("a[href]").eachAttr("abs:href").stream()
                .map(link -> link.replaceFirst("#.*", ""))
                .filter(link -> !link.isEmpty())
                .distinct()
                .toList();
        long bytes = response.headers().firstValueAsLong("Content-Length").orElse(html.length);
        return new Page(uri, status, "ok", document.title(), bytes, took, links);
    }

    private Page broken(int status, String why) {
        return new Page(uri, status, why, "", 0, took, List.of());
    }

    static String why(Throwable failure) {
        return switch (failure) {
            case Refused refused -> refused.getMessage();
            case TimeoutException timeout -> "no answer in time";
            case ConnectException unreachable -> "no connection";
            case IOException lost -> "connection lost";
            default -> failure.toString();
        };
    }
}

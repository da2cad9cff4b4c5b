package dev.weir.examples.crawler;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** The server answered, but asks to come again: 429 or 5xx. */
final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    /** How long the server asks to wait, null if it does not say. */
    final Duration retryAfter;

    Refused(HttpResponse<?> response) {
        super("HTTP " + response.statusCode());
        retryAfter =
                response.headers().firstValue("Retry-After").map(Refused::parse).orElse(null);
    }

    /** Seconds or a date, by RFC 9110, 10.2.3; null if it is neither. */
    static Duration parse(String header) {
        try {
            return header.matches("\\d{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(header))
                    : Duration.between(
                            ZonedDateTime.now(), ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (java.time.DateTimeException neither) {
            return null;
        }
    }
}

package dev.weir.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The service in a process of its own, loaded over HTTP from this one. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServiceTest {
    private static final int PERMITS = 20;
    private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static Process service;
    private static URI address;

    @BeforeAll
    static void start() throws IOException {
        service = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServiceMain.class.getName(),
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        // So that no permit grows while the test runs, however slow the machine.
                        "--weir.rate-limiters.per-key.permits=" + PERMITS,
                        "--weir.rate-limiters.per-key.period=1h",
                        // So that no request meets busy moments alone.
                        "--weir.retries.exchange.max-attempts=20")
                .redirectErrorStream(true)
                .start();
        StringBuilder log = new StringBuilder();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(service.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            log.append(line).append('\n');
            Matcher port = STARTED.matcher(line);
            if (port.find()) {
                address = URI.create("http://127.0.0.1:" + port.group(1));
                Thread.ofVirtual().start(() -> drain(lines)); // or it would block
                return;
            }
        }
        throw new AssertionError("it has not started: " + log);
    }

    private static void drain(BufferedReader lines) {
        try {
            while (lines.readLine() != null) {
                // nobody reads what it logs from here on
            }
        } catch (IOException ended) {
            // with the process
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        service.destroy();
        if (!service.waitFor(1, TimeUnit.MINUTES)) {
            service.destroyForcibly();
            throw new AssertionError("it does not end");
        }
    }

    private static HttpResponse<String> get(String path, String key) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve(path))
                .header("X-Api-Key", key)
                .build();
        return CLIENT.send(request, BodyHandlers.ofString());
    }

    /** The value of the one line of a scrape with this name and these tags. */
    private static double meter(String name, String... tags) throws IOException, InterruptedException {
        List<String> lines = get("/actuator/prometheus", "nobody")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + "{"))
                .filter(line -> List.of(tags).stream().allMatch(line::contains))
                .toList();
        assertEquals(1, lines.size(), () -> name + ": " + lines);
        return Double.parseDouble(lines.getFirst().substring(lines.getFirst().lastIndexOf(' ') + 1));
    }

    @Test
    void each_key_has_its_limit_and_a_refusal_says_when_to_come_back() throws Exception {
        double rejected = meter("weir_keyed_limiter_permits_total", "limiter=\"per-key\"", "outcome=\"rejected\"");
        double retried = meter("weir_retry_retries_attempts_total", "retry=\"exchange\"", "cause=\"failure\"");
        for (int i = 1; i <= PERMITS; i++) {
            HttpResponse<String> quote = get("/quotes/WEIR", "first");
            assertEquals(200, quote.statusCode(), quote::body);
            assertEquals(
                    "\"per-key\";r=" + (PERMITS - i),
                    quote.headers().firstValue("RateLimit").orElseThrow().replaceAll(";t=.*", ""));
        }
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> refused = get("/quotes/WEIR", "first");
            assertEquals(429, refused.statusCode());
            int seconds = Integer.parseInt(
                    refused.headers().firstValue("Retry-After").orElseThrow());
            assertTrue(seconds >= 1 && seconds <= 3600 / PERMITS, "Retry-After: " + seconds);
            assertEquals(
                    "\"per-key\";q=20;w=3600",
                    refused.headers().firstValue("RateLimit-Policy").orElseThrow());
            assertEquals(
                    "application/problem+json",
                    refused.headers().firstValue("Content-Type").orElseThrow());
        }
        assertEquals(200, get("/quotes/WEIR", "second").statusCode(), "another key");
        assertEquals(
                rejected + 5,
                meter("weir_keyed_limiter_permits_total", "limiter=\"per-key\"", "outcome=\"rejected\""));
        // Each tenth answer of the exchange is 503: the quotes got theirs by retries.
        assertTrue(meter("weir_retry_retries_attempts_total", "retry=\"exchange\"", "cause=\"failure\"") > retried);
        assertTrue(meter("weir_limiter_permits_total", "limiter=\"exchange\"", "outcome=\"admitted\"") > PERMITS);
    }

    @Test
    void a_report_is_made_in_the_pool() throws Exception {
        HttpResponse<String> report = get("/reports/WEIR", "reporter");
        assertEquals(200, report.statusCode(), report::body);
        assertEquals(5, report.body().lines().count());
        assertEquals(1, meter("weir_pool_submitted_tasks_total", "pool=\"reports\""));
        String parts = get("/actuator/weir", "nobody").body();
        assertTrue(parts.contains("\"reports\":{\"type\":\"WorkerPool\""), parts);
        assertTrue(parts.contains("\"per-key\":{\"type\":\"KeyedRateLimiter\""), parts);
    }

    @Test
    void a_load_from_elsewhere_is_refused_beyond_the_limit() throws Exception {
        Process load = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoadMain.class.getName(),
                        address.toString(),
                        "30")
                .redirectErrorStream(true)
                .start();
        String output = new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, load.waitFor(), output);
        assertTrue(output.startsWith("ann {200=20, 429=10}\nbob {200=20, 429=10}\npatient {200=3}\n"), output);
        assertTrue(output.contains("a refusal: 429") && output.contains("retry-after: ["), output);
    }
}

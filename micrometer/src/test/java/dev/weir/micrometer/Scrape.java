package dev.weir.micrometer;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an HTTP endpoint gives to Prometheus: the types of the metrics, and the value of each sample. */
record Scrape(Map<String, String> types, SortedMap<Sample, Double> samples) {
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) (\\w+)");
    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

    /** A series. */
    record Sample(String name, SortedMap<String, String> labels) implements Comparable<Sample> {
        @Override
        public int compareTo(Sample other) {
            return toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            return labels.isEmpty() ? name : name + labels;
        }
    }

    /** An endpoint on a port of this machine, as an application has. */
    static final class Endpoint implements AutoCloseable {
        private final HttpServer server;
        private final ExecutorService threads = Executors.newFixedThreadPool(2);
        private final HttpClient client = HttpClient.newHttpClient();

        Endpoint(PrometheusMeterRegistry registry) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/metrics", exchange -> {
                byte[] body;
                int status = 200;
                try {
                    body = registry.scrape().getBytes(StandardCharsets.UTF_8);
                } catch (RuntimeException broken) {
                    body = broken.toString().getBytes(StandardCharsets.UTF_8);
                    status = 500;
                }
                exchange.sendResponseHeaders(status, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
        }

        Scrape get() throws InterruptedException {
            URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/metrics");
            try {
                HttpResponse<String> response =
                        client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 200) {
                    throw new AssertionError(response.body());
                }
                return parse(response.body());
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        @Override
        public void close() {
            server.stop(0);
            threads.shutdownNow();
            client.close();
        }
    }

    static Scrape parse(String text) {
        Map<String, String> types = new LinkedHashMap<>();
        SortedMap<Sample, Double> samples = new TreeMap<>();
        for (String line : text.split("\n")) {
            Matcher type = TYPE.matcher(line);
            if (type.matches()) {
                types.put(type.group(1), type.group(2));
            } else if (!line.startsWith("#")) {
                Matcher sample = SAMPLE.matcher(line);
                if (!sample.matches()) {
                    throw new AssertionError("no sample: " + line);
                }
                SortedMap<String, String> labels = new TreeMap<>();
                Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
                while (label.find()) {
                    labels.put(label.group(1), label.group(2));
                }
                Sample key = new Sample(sample.group(1), labels);
                if (samples.put(key, Double.valueOf(sample.group(3))) != null) {
                    throw new AssertionError("twice: " + key);
                }
            }
        }
        return new Scrape(types, samples);
    }

    /** The value of the series of a name and of labels, given as it prints. */
    double value(String sample) {
        return samples.entrySet().stream()
                .filter(entry -> entry.getKey().toString().equals(sample))
                .mapToDouble(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + sample + " in " + samples.keySet()));
    }
}

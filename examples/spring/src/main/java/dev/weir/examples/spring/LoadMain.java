package dev.weir.examples.spring;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Loads the service from a process of its own: two clients ask as fast as they can, and one five times a second, which
 * is never refused. Prints how often each got which status, and what a refusal looks like.
 *
 * <p>Arguments: the address of the service, and how often a fast client asks; {@code http://localhost:8080 200} by
 * default.
 */
public final class LoadMain {
    private static final long PACE_MILLIS = 200;
    private static final int PATIENCE = 10;

    private LoadMain() {}

    public static void main(String[] args) throws InterruptedException {
        URI quotes = URI.create(args.length > 0 ? args[0] : "http://localhost:8080")
                .resolve("/quotes/WEIR");
        int requests = args.length > 1 ? Integer.parseInt(args[1]) : 200;
        AtomicReference<HttpResponse<String>> refused = new AtomicReference<>();
        Map<String, Map<Integer, Integer>> answers = new TreeMap<>();
        Map<String, Thread> clients = new TreeMap<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (String key : new String[] {"ann", "bob", "patient"}) {
                Map<Integer, Integer> its = new TreeMap<>();
                answers.put(key, its);
                HttpRequest request =
                        HttpRequest.newBuilder(quotes).header("X-Api-Key", key).build();
                boolean patient = key.equals("patient");
                clients.put(key, Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < (patient ? requests / PATIENCE : requests); i++) {
                        HttpResponse<String> answer = ask(http, request, patient ? PACE_MILLIS : 0);
                        its.merge(answer.statusCode(), 1, Integer::sum);
                        if (answer.statusCode() == 429) {
                            refused.set(answer);
                        }
                    }
                }));
            }
            for (Thread client : clients.values()) {
                client.join();
            }
        }
        answers.forEach((key, its) -> System.out.println(key + " " + its));
        if (refused.get() != null) {
            System.out.println("a refusal: " + refused.get().statusCode());
            refused.get().headers().map().forEach((name, values) -> System.out.println("  " + name + ": " + values));
        }
    }

    private static HttpResponse<String> ask(HttpClient http, HttpRequest request, long pauseMillis) {
        try {
            Thread.sleep(pauseMillis);
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException | InterruptedException ended) {
            throw new IllegalStateException("no answer from " + request.uri(), ended);
        }
    }
}

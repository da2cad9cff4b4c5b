package dev.weir.examples.fanout;

import com.sun.net.httpserver.HttpServer;
import dev.weir.core.fanout.FanOut;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;

/** Asks all mirrors of a file at once: the first to answer wins, and the other requests are cancelled. */
public final class FirstAnswer {
    private FirstAnswer() {}

    /**
     * Fetches from the fastest mirror.
     *
     * @param http the client
     * @param mirrors the same file, at several places
     * @return the file
     * @throws IOException if no mirror has it: the first failure, with the others suppressed
     * @throws InterruptedException if the thread is interrupted
     */
    public static String fetch(HttpClient http, List<URI> mirrors) throws IOException, InterruptedException {
        return FanOut.over(mirrors).concurrency(mirrors.size()).firstSuccess(mirror -> FetchUrls.get(http, mirror));
    }

    /** A server that answers after a delay; of a negative delay, with an error. */
    static HttpServer mirror(String name, Duration delay) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                if (delay.isNegative()) {
                    exchange.sendResponseHeaders(503, -1);
                    return;
                }
                Thread.sleep(delay);
                byte[] answer = ("from " + name).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
        return server;
    }

    static URI address(HttpServer server) {
        InetSocketAddress address = server.getAddress();
        return URI.create("http://" + address.getHostString() + ":" + address.getPort() + "/file");
    }

    /**
     * Asks three mirrors, of which one is broken.
     *
     * @param args none
     * @throws Exception if none answers
     */
    public static void main(String[] args) throws Exception {
        List<HttpServer> servers = List.of(
                mirror("far away", Duration.ofSeconds(3)),
                mirror("nearby", Duration.ofMillis(30)),
                mirror("broken", Duration.ofMillis(-1)));
        try (HttpClient http = HttpClient.newHttpClient()) {
            System.out.println(
                    fetch(http, servers.stream().map(FirstAnswer::address).toList()));
        } finally {
            servers.forEach(server -> server.stop(0));
        }
    }
}

package dev.weir.guide;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A web server on this machine. {@code /page/7} answers "page 7", {@code /busy} answers 429 with a Retry-After of two
 * seconds at first, {@code /flaky/7} answers 503 at first, {@code /site/1} is a page with links, and everything else is
 * missing.
 */
final class Loopback implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final Set<String> failed = ConcurrentHashMap.newKeySet();

    private Loopback(HttpServer server) {
        this.server = server;
    }

    static Loopback start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        Loopback loopback = new Loopback(server);
        server.createContext("/", loopback::handle);
        server.setExecutor(loopback.threads);
        server.start();
        return loopback;
    }

    URI uri(String path) {
        InetSocketAddress address = server.getAddress();
        return URI.create("http://" + address.getHostString() + ":" + address.getPort() + path);
    }

    List<URI> uris(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> uri(prefix + i)).toList();
    }

    int mostAtOnce() {
        return most.get();
    }

    int requests() {
        return requests.get();
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (path.equals("/busy") && failed.add(path)) {
                exchange.getResponseHeaders().add("Retry-After", "2");
                answer(exchange, 429, "");
            } else if (path.startsWith("/flaky/") && failed.add(path)) {
                answer(exchange, 503, "");
            } else if (path.startsWith("/missing")) {
                answer(exchange, 404, "");
            } else {
                answer(
                        exchange,
                        200,
                        path.startsWith("/site/")
                                ? site(path)
                                : path.substring(1).replace('/', ' '));
            }
        }
    }

    /** Page n leads to 2n and 2n + 1, below 32. */
    private static String site(String path) {
        int number = Integer.parseInt(path.substring("/site/".length()));
        String links = number < 16
                ? "<a href='/site/" + 2 * number + "'>a</a><a href='/site/" + (2 * number + 1) + "'>b</a>"
                : "<a href='/site/1'>home</a>";
        return "<html><title>Page " + number + "</title><body>" + links + "</body></html>";
    }

    private void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        atOnce.decrementAndGet(); // before the client can know that it is answered
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}

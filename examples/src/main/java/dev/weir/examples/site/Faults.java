package dev.weir.examples.site;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import dev.weir.core.time.TimeSource;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a crawler must survive. It is decided by the path alone, so that every run meets the same: each answer is late
 * by 5 to 25 ms, and at its first request one path in thirty is refused with 503, one with 429 and one loses its
 * connection in the middle of the answer.
 */
public final class Faults extends Filter {
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final String silent;
    private final String gone;

    /**
     * The faults of one site.
     *
     * @param silent a path that is never answered
     * @param gone a path that is not found
     */
    public Faults(String silent, String gone) {
        this.silent = silent;
        this.gone = gone;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals(silent)) {
            return;
        }
        int hash = path.hashCode() * 0x9E37_79B9 >>> 8;
        delay(Duration.ofMillis(5 + hash % 21));
        int kind = seen.add(path) ? hash % 30 : -1;
        if (path.equals(gone)) {
            refuse(exchange, 404);
        } else if (kind == 0) {
            refuse(exchange, 503);
        } else if (kind == 1) {
            refuse(exchange, 429);
        } else if (kind == 2) {
            loseConnection(exchange);
        } else {
            chain.doFilter(exchange);
        }
    }

    private static void delay(Duration latency) throws InterruptedIOException {
        try {
            TimeSource.system().sleep(latency);
        } catch (InterruptedException stopped) {
            throw new InterruptedIOException("the site is being closed");
        }
    }

    private static void refuse(HttpExchange exchange, int status) throws IOException {
        exchange.getResponseHeaders().set("Retry-After", "1");
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private static void loseConnection(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/html");
        exchange.sendResponseHeaders(200, 1_000);
        exchange.getResponseBody().write(new byte[10]);
        exchange.getResponseBody().flush();
        exchange.close(); // 990 bytes too early
    }

    @Override
    public String description() {
        return "injects faults";
    }
}

package dev.weir.ratelimit.redis;

import dev.weir.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/** Connections to a server: the one at {@code WEIR_REDIS_URL}, or one of the test's own. */
final class TestRedis implements AutoCloseable {
    private static final AtomicInteger KEYS = new AtomicInteger();

    private final RedisProcess process;
    private final RedisURI uri;
    private final List<RedisClient> clients = new ArrayList<>();

    private TestRedis(RedisProcess process, RedisURI uri) {
        this.process = process;
        this.uri = uri;
    }

    /** Any server. */
    static TestRedis any() throws IOException {
        String url = System.getenv("WEIR_REDIS_URL");
        return url == null ? own() : new TestRedis(null, RedisURI.create(url));
    }

    /** A server that the test may kill. */
    static TestRedis own() throws IOException {
        RedisProcess process = server();
        return new TestRedis(process, RedisURI.create("127.0.0.1", process.port()));
    }

    /** Starts a server, or skips the test where none runs; it fails there if {@code WEIR_REDIS_REQUIRED} is set. */
    static RedisProcess server(String... options) throws IOException {
        try {
            return RedisProcess.start(options);
        } catch (IOException failure) {
            if (System.getenv("WEIR_REDIS_REQUIRED") != null) {
                throw failure;
            }
            String skipped = failure.getMessage() + " (" + failure.getCause()
                    + "); set WEIR_REDIS_URL to use another for most of these tests";
            System.err.println("SKIPPED: " + skipped);
            Assumptions.abort(skipped);
            throw failure;
        }
    }

    RedisProcess process() {
        return process;
    }

    /** A new connection with a client of its own. */
    StatefulRedisConnection<String, String> connect() {
        return connect(uri);
    }

    StatefulRedisConnection<String, String> connect(RedisURI to) {
        RedisClient client = RedisClient.create(to);
        client.setOptions(RedisRateLimiter.options().build());
        clients.add(client);
        return client.connect();
    }

    RedisAsyncCommands<String, String> commands() {
        return connect().async();
    }

    /** A key that no other test has. */
    static String newKey() {
        return "weir-test-" + ProcessHandle.current().pid() + "-" + KEYS.incrementAndGet();
    }

    @Override
    public void close() {
        for (RedisClient client : clients) {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
        if (process != null) {
            process.close();
        }
    }
}

package dev.weir.benchmarks;

import dev.weir.benchmarks.RedisClients.Asker;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.redis.RedisRateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How much memory of a server a key takes that is in use: a server of its own, and each key asked for five permits. */
final class RedisMemory {
    static final String SCENARIO = "memory of a key in Redis";
    private static final int KEYS = 2_000;
    private static final int PERMITS = 5;
    private static final int THREADS = 8;
    private static final Rate RATE = Rate.perHour(10);

    private RedisMemory() {}

    static List<Entry> entries(Settings settings) {
        int keys = settings.quick() ? KEYS / 10 : KEYS;
        List<Entry> entries = new ArrayList<>();
        for (String contender : List.of(RedisClients.BUCKET4J, RedisClients.REDISSON, Entry.WEIR)) {
            entries.add(new Entry(SCENARIO, contender, () -> measure(contender, keys)));
        }
        return entries;
    }

    private static Asker asker(String contender, RedisClients clients, int keys) throws Exception {
        return switch (contender) {
            case RedisClients.BUCKET4J ->
                clients.bucket4j("limit:customer", keys, RATE, null).forThread();
            case RedisClients.REDISSON ->
                clients.redisson("limit:customer", keys, RATE).forThread();
            default -> {
                KeyedRemoteRateLimiter keyed =
                        RedisRateLimiter.keyed(clients.connect(), RATE).build();
                yield key ->
                        keyed.forKey(RedisClients.key("limit:customer", key)).tryAcquire();
            }
        };
    }

    private static Sample measure(String contender, int keys) throws Exception {
        try (RedisProcess server = RedisProcess.start();
                RedisClients clients = new RedisClients(server.port())) {
            RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", server.port()));
            try {
                RedisCommands<String, String> commands = client.connect().sync();
                Asker first = asker(contender, clients, 1); // whose script and connections do not count
                first.ask(0);
                RedisInfo before = RedisInfo.of(commands);
                long start = System.nanoTime();
                Asker asker = asker(contender, clients, keys);
                List<Meeting.Part> parts = new ArrayList<>();
                for (int thread = 0; thread < THREADS; thread++) {
                    int from = thread;
                    parts.add(() -> {
                        for (int key = from; key < keys; key += THREADS) {
                            for (int permit = key == 0 ? 1 : 0; permit < PERMITS; permit++) {
                                if (!asker.ask(key)) {
                                    throw new IllegalStateException("a permit was refused");
                                }
                            }
                        }
                    });
                }
                Meeting.measure(Meeting.platformThreads(), 1, parts);
                double nanos = (double) (System.nanoTime() - start) / keys;
                return new Sample(nanos, (double) (RedisInfo.of(commands).bytes() - before.bytes()) / keys);
            } finally {
                client.shutdown(0, 1, TimeUnit.SECONDS);
            }
        }
    }
}

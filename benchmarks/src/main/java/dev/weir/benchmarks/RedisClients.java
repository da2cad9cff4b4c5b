package dev.weir.benchmarks;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.redis.RedisRateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.Optimization;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.redisson.Redisson;
import org.redisson.api.RFuture;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/**
 * The contenders for one server, made when they are first asked for, each with a client of its own: Weir and Bucket4j
 * have one connection, Redisson has its pool. What they share among threads is what their documentation says to share.
 */
final class RedisClients implements AutoCloseable {
    static final String PING = "PING";
    static final String SCRIPT = "EVALSHA return 1";
    static final String BUCKET4J = "Bucket4j";
    static final String BATCHING = "Bucket4j, batching";
    static final String REDISSON = "Redisson";
    static final String PLAIN = "Weir, plain";

    /** How many keys there are; key 0 is the hot one. */
    static final int KEYS = 10_000;

    /** A rate that admits everything. */
    static final Rate PLENTY = Rate.perSecond(1_000_000_000);

    /** A stall of the machine is not to become an outage. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Asks for one permit of a key. */
    @FunctionalInterface
    interface Asker {
        boolean ask(int key) throws Exception;
    }

    /** Gives each thread what it asks. */
    @FunctionalInterface
    interface Contender {
        Asker forThread();
    }

    private final RedisURI uri;
    private final Map<String, Contender> contenders = new LinkedHashMap<>();
    private final List<RedisClient> clients = new ArrayList<>();
    private RedissonClient redisson;

    RedisClients(int port) {
        uri = RedisURI.create("127.0.0.1", port);
    }

    /** Those that decide something, in the order of the tables. */
    static Collection<String> limiters() {
        List<String> names = new ArrayList<>(List.of(BUCKET4J, BATCHING, REDISSON, PLAIN, Entry.WEIR));
        names.addAll(RedisLeased.CONTENDERS);
        return names;
    }

    static String key(String contender, int key) {
        return contender + ":" + key;
    }

    /** The contender of that name, with one key or with many. */
    synchronized Contender contender(String name, boolean hot) throws Exception {
        String id = name + hot;
        Contender known = contenders.get(id);
        if (known == null) {
            known = make(name, hot);
            contenders.put(id, known);
        }
        return known;
    }

    private Contender make(String name, boolean hot) throws Exception {
        int keys = hot ? 1 : KEYS;
        return switch (name) {
            case PING -> {
                RedisAsyncCommands<String, String> commands = connect();
                yield () -> key -> commands.ping().get() != null;
            }
            case SCRIPT -> {
                RedisAsyncCommands<String, String> commands = connect();
                String digest = commands.scriptLoad("return 1").get();
                yield () -> key -> commands.evalsha(digest, ScriptOutputType.INTEGER, new String[0])
                                .get()
                        != null;
            }
            case BUCKET4J -> bucket4j("b4j", keys, PLENTY, null);
            case BATCHING -> bucket4j("b4k", keys, PLENTY, Optimizations.batching());
            case REDISSON -> redisson("r", keys, PLENTY);
            case PLAIN -> weir("p", hot);
            case Entry.WEIR -> {
                Contender shared = weir("w", hot);
                Asker asker = shared.forThread();
                yield () -> asker;
            }
            default -> RedisLeased.make(this, hot); // of the only other name that there is
        };
    }

    /** A new client's connection, with the options that a limiter asks for. */
    RedisAsyncCommands<String, String> connect() {
        RedisClient client = RedisClient.create(uri);
        client.setOptions(RedisRateLimiter.options().build());
        clients.add(client);
        return client.connect().async();
    }

    /** A limiter, or a keyed one, that each caller of this has for itself: nothing is shared but the connection. */
    private Contender weir(String prefix, boolean hot) {
        RedisAsyncCommands<String, String> commands = connect();
        if (hot) {
            return () -> {
                RemoteRateLimiter limiter = RedisRateLimiter.builder(commands, key(prefix, 0), PLENTY)
                        .timeout(TIMEOUT)
                        .build();
                return key -> limiter.tryAcquire();
            };
        }
        String[] names = names(prefix, KEYS);
        return () -> {
            KeyedRemoteRateLimiter keyed =
                    RedisRateLimiter.keyed(commands, PLENTY).timeout(TIMEOUT).build();
            return key -> keyed.forKey(names[key]).tryAcquire();
        };
    }

    static String[] names(String prefix, int keys) {
        return IntStream.range(0, keys).mapToObj(key -> key(prefix, key)).toArray(String[]::new);
    }

    /** Buckets that all threads share; the key of each expires when it would be full again. */
    Contender bucket4j(String prefix, int keys, Rate rate, Optimization optimization) {
        RedisClient client = RedisClient.create(uri);
        clients.add(client);
        ProxyManager<byte[]> proxies = Bucket4jLettuce.casBasedBuilder(client)
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(1)))
                .build();
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(rate.burst()).refillGreedy(rate.permits(), rate.period()))
                .build();
        Bucket[] buckets = new Bucket[keys];
        for (int key = 0; key < keys; key++) {
            byte[] name = key(prefix, key).getBytes(StandardCharsets.US_ASCII);
            var builder = proxies.builder();
            buckets[key] = (optimization == null ? builder : builder.withOptimization(optimization))
                    .build(name, () -> configuration);
        }
        return () -> key -> buckets[key].tryConsume(1);
    }

    Contender redisson(String prefix, int keys, Rate rate) throws ExecutionException, InterruptedException {
        if (redisson == null) {
            Config config = new Config();
            config.useSingleServer().setAddress("redis://127.0.0.1:" + uri.getPort());
            redisson = Redisson.create(config);
        }
        RRateLimiter[] limiters = new RRateLimiter[keys];
        List<RFuture<Boolean>> set = new ArrayList<>();
        for (int key = 0; key < keys; key++) {
            limiters[key] = redisson.getRateLimiter(key(prefix, key));
            set.add(limiters[key].trySetRateAsync(RateType.OVERALL, rate.permits(), rate.period()));
        }
        for (RFuture<Boolean> one : set) {
            one.toCompletableFuture().get();
        }
        return () -> key -> limiters[key].tryAcquire();
    }

    @Override
    public void close() {
        for (RedisClient client : clients) {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
        if (redisson != null) {
            redisson.shutdown();
        }
    }
}

package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.testkit.Call;
import dev.weir.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that take the place of their primary, and the nodes of a cluster. */
@Timeout(120)
class RedisFailoverTest {
    private static final Rate RATE = Rate.perHour(10);
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private static void shutDown(RedisClient client) {
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }

    private static void awaitReplication(RedisCommands<String, String> replica) {
        Call.until(() -> replica.info("replication").contains("master_link_status:up"));
    }

    /** What is replicated is the key with its expiry, and not the script. */
    @Test
    void a_replica_that_is_promoted_goes_on_with_the_same_bucket() throws Exception {
        try (RedisProcess primary = TestRedis.server();
                RedisProcess replica = TestRedis.server("--replicaof", "127.0.0.1", "" + primary.port())) {
            RedisClient client = RedisClient.create();
            client.setOptions(RedisRateLimiter.options().build());
            try {
                RedisURI there = RedisURI.create("127.0.0.1", replica.port());
                RedisCommands<String, String> commands = client.connect(there).sync();
                awaitReplication(commands);
                RemoteRateLimiter limiter = RedisRateLimiter.builder(
                                client.connect(RedisURI.create("127.0.0.1", primary.port()))
                                        .async(),
                                "key",
                                RATE)
                        .timeout(LONG)
                        .build();
                assertTrue(limiter.tryAcquire(4));
                Call.until(() -> commands.get("key") != null);
                assertTrue(commands.pttl("key") > 0, "a key without expiry");
                primary.kill();
                RemoteRateLimiter promoted = RedisRateLimiter.builder(
                                client.connect(there).async(), "key", RATE)
                        .timeout(LONG)
                        .build();
                assertFalse(promoted.tryAcquire(), "a replica takes nothing: an outage");
                commands.replicaofNoOne();
                Call.until(() -> !promoted.remoteMetrics().unavailable());
                assertEquals(6, promoted.peek().remaining());
                assertTrue(promoted.tryAcquire(6));
                assertFalse(promoted.tryAcquire());
            } finally {
                shutDown(client);
            }
        }
    }

    @Test
    void a_limiter_on_sentinel_finds_the_new_primary() throws Exception {
        try (RedisProcess primary = TestRedis.server();
                RedisProcess replica = TestRedis.server("--replicaof", "127.0.0.1", "" + primary.port())) {
            RedisClient client = RedisClient.create();
            client.setOptions(RedisRateLimiter.options().build());
            Path config = Files.write(
                    folder.resolve("sentinel.conf"),
                    List.of(
                            "sentinel monitor weir 127.0.0.1 " + primary.port() + " 1",
                            "sentinel down-after-milliseconds weir 5000", // one that is slow is not down
                            "sentinel failover-timeout weir 5000"));
            try (RedisProcess sentinel = RedisProcess.startFrom(config, "--sentinel")) {
                awaitReplication(client.connect(RedisURI.create("127.0.0.1", replica.port()))
                        .sync());
                var watching = client.connectSentinel(RedisURI.create("127.0.0.1", sentinel.port()))
                        .sync();
                Call.until(() -> !watching.replicas("weir").isEmpty());
                RedisURI uri = RedisURI.Builder.sentinel("127.0.0.1", sentinel.port(), "weir")
                        .build();
                RemoteRateLimiter limiter = RedisRateLimiter.builder(
                                client.connect(uri).async(), "key", RATE)
                        .timeout(LONG)
                        .build();
                assertTrue(limiter.tryAcquire(4));
                primary.kill();
                Call.until(() -> !limiter.tryAcquire());
                Call.until(() -> !limiter.remoteMetrics().unavailable());
                long taken = limiter.drain();
                assertTrue(taken >= 1 && taken <= 10, "at most one more burst, but " + taken);
                assertFalse(limiter.tryAcquire());
            } finally {
                shutDown(client);
            }
        }
    }

    @Test
    void keys_of_all_nodes_of_a_cluster_are_limited_each_for_itself() throws Exception {
        try (RedisCluster cluster = RedisCluster.start()) {
            RedisClusterClient client = RedisClusterClient.create(RedisURI.create("127.0.0.1", cluster.port()));
            client.setOptions(FleetNode.clusterOptions());
            try {
                var connection = client.connect();
                connection.sync().upstream().commands().ping(); // opens a connection to each, before it is needed
                KeyedRemoteRateLimiter keyed = RedisRateLimiter.keyed(connection.async(), RATE)
                        .timeout(LONG)
                        .build();
                for (int i = 0; i < 30; i++) {
                    RemoteRateLimiter limiter = keyed.forKey("customer:" + i);
                    assertTrue(limiter.tryAcquire(10));
                    assertFalse(limiter.tryAcquire());
                }
                assertEquals(0, keyed.remoteMetrics().failed());
            } finally {
                client.shutdown(0, 1, TimeUnit.SECONDS);
            }
        }
    }
}

package dev.weir.ratelimit.redis;

import dev.weir.testkit.Call;
import dev.weir.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A cluster of three primaries on this machine, each with a replica. */
final class RedisCluster implements AutoCloseable {
    private static final int PRIMARIES = 3;

    private final List<RedisProcess> nodes = new ArrayList<>();
    private final List<RedisClient> clients = new ArrayList<>();
    private final List<RedisCommands<String, String>> commands = new ArrayList<>();
    private volatile long failedOverMicros;

    private RedisCluster() {}

    /** Starts a cluster, or skips the test. */
    static RedisCluster start() throws IOException {
        RedisCluster cluster = new RedisCluster();
        try {
            cluster.form();
            return cluster;
        } catch (IOException | RuntimeException | Error failure) {
            cluster.close();
            throw failure;
        }
    }

    private void form() throws IOException {
        for (int i = 0; i < 2 * PRIMARIES; i++) {
            RedisProcess node = TestRedis.server(
                    "--cluster-enabled", "yes",
                    "--cluster-node-timeout", "30000", // it fails over when a test says so, and not when it is slow
                    "--cluster-replica-validity-factor", "0");
            nodes.add(node);
            RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", node.port()));
            clients.add(client);
            commands.add(client.connect().sync());
        }
        for (int i = 0; i < nodes.size(); i++) {
            commands.get(i).clusterSetConfigEpoch(i + 1);
            if (i < PRIMARIES) {
                int from = SlotHash.SLOT_COUNT * i / PRIMARIES;
                int to = SlotHash.SLOT_COUNT * (i + 1) / PRIMARIES;
                int[] slots = java.util.stream.IntStream.range(from, to).toArray();
                commands.get(i).clusterAddSlots(slots);
            }
            if (i > 0) {
                commands.get(i).clusterMeet("127.0.0.1", nodes.get(0).port());
            }
        }
        Call.until(() -> commands.stream().allMatch(one -> knownTo(one) == nodes.size()));
        for (int i = PRIMARIES; i < nodes.size(); i++) {
            commands.get(i).clusterReplicate(commands.get(i - PRIMARIES).clusterMyId());
        }
        Call.until(() -> commands.stream().allMatch(one -> one.clusterInfo().contains("cluster_state:ok")));
        for (int i = PRIMARIES; i < nodes.size(); i++) {
            RedisCommands<String, String> replica = commands.get(i);
            Call.until(() -> replica.info("replication").contains("master_link_status:up"));
        }
    }

    /** How many nodes a node has shaken hands with, itself included. */
    private static long knownTo(RedisCommands<String, String> node) {
        return node.clusterNodes()
                .lines()
                .filter(line -> !line.contains("handshake"))
                .count();
    }

    /** The port of one of its nodes. */
    int port() {
        return nodes.get(1).port();
    }

    private int primaryOf(String key) {
        int slot = SlotHash.getSlot(key);
        int primary = 0;
        while (slot >= SlotHash.SLOT_COUNT * (primary + 1) / PRIMARIES) {
            primary++;
        }
        return primary;
    }

    /** Kills the primary of a key, and has its replica take its place. */
    void failOver(String key) throws Exception {
        int primary = primaryOf(key);
        nodes.get(primary).kill();
        failedOverMicros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        RedisCommands<String, String> replica = commands.get(primary + PRIMARIES);
        replica.clusterFailover(false, true);
        Call.until(() -> replica.info("replication").contains("role:master"));
    }

    /** When the primary was dead. */
    long failedOverMicros() {
        return failedOverMicros;
    }

    @Override
    public void close() {
        for (RedisClient client : clients) {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
        for (RedisProcess node : nodes) {
            node.close();
        }
    }
}

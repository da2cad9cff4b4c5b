package dev.weir.benchmarks;

import dev.weir.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One server, the contenders in this JVM, and three JVMs beside it. Started when they are first needed. */
final class RedisLab implements AutoCloseable {
    static final int JVMS = 3;

    private RedisProcess server;
    private RedisClients clients;
    private RedisClient statistics;
    private RedisCommands<String, String> info;
    private final List<RedisNode> nodes = new ArrayList<>();

    private void start() throws IOException {
        if (server == null) {
            server = RedisProcess.start();
            clients = new RedisClients(server.port());
            statistics = RedisClient.create(RedisURI.create("127.0.0.1", server.port()));
            info = statistics.connect().sync();
        }
    }

    synchronized RedisClients clients() throws IOException {
        start();
        return clients;
    }

    synchronized RedisInfo info() throws IOException {
        start();
        return RedisInfo.of(info);
    }

    synchronized List<RedisNode> nodes() throws IOException {
        start();
        while (nodes.size() < JVMS) {
            nodes.add(new RedisNode(server.port()));
        }
        return nodes;
    }

    /** Ends the JVMs; the next to need some has new ones. */
    synchronized void endNodes() throws IOException {
        for (RedisNode node : nodes) {
            node.close();
        }
        nodes.clear();
    }

    @Override
    public synchronized void close() throws IOException {
        endNodes();
        if (server != null) {
            clients.close();
            statistics.shutdown(0, 1, TimeUnit.SECONDS);
            server.close();
            server = null;
        }
    }
}

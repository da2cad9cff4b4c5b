package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The limiter of a fleet beside others that keep their permits in Redis. */
final class RedisBench implements Bench {
    private static final List<Integer> THREADS = List.of(1, 8, 64);
    private static final int NODE_THREADS = 8;
    private static final String NODES = "hot key, " + RedisLab.JVMS + " JVMs with " + NODE_THREADS + " threads each";

    private final RedisLab lab = new RedisLab();

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public String about() {
        return "One non-blocking attempt to take one permit, at a billion a second, so that all are admitted; one"
            + " Redis server (embedded-redis) on this machine, for all contenders. Threads ask as soon as they are"
            + " answered. Weir and Bucket4j (over Lettuce) have one connection, Redisson its pool. Plain: each thread"
            + " has a limiter of its own, so that each decision is a trip; otherwise threads share one, and a trip"
            + " carries all who came during the one before. Leased: up to 1,000 permits in advance, for 100 ms. 10,000"
            + " keys: chosen at random; peers keep an object for each, Weir is asked for the key's. Trips are those of"
            + " INFO commandstats, server µs the processor time of the server, both for one decision. Memory: INFO's,"
            + " without the buffers of clients, after five permits of each key at ten an hour; B/op is that of a key.";
    }

    private static String hot(int threads) {
        return "hot key, " + threads(threads);
    }

    private static String many(int threads) {
        return String.format(Locale.ROOT, "%,d keys, ", RedisClients.KEYS) + threads(threads);
    }

    private static String threads(int threads) {
        return threads + (threads == 1 ? " thread" : " threads");
    }

    @Override
    public List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        for (int threads : THREADS) {
            List<String> contenders = new ArrayList<>(List.of(RedisClients.PING, RedisClients.SCRIPT));
            contenders.addAll(RedisClients.limiters());
            for (String contender : contenders) {
                entries.add(
                        entry(hot(threads), contender, settings, duration -> here(contender, threads, true, duration)));
            }
        }
        for (int threads : THREADS) {
            for (String contender : RedisClients.limiters()) {
                entries.add(entry(
                        many(threads), contender, settings, duration -> here(contender, threads, false, duration)));
            }
        }
        for (String contender : RedisClients.limiters()) {
            entries.add(entry(NODES, contender, settings, duration -> onNodes(contender, duration)));
        }
        entries.addAll(RedisMemory.entries(settings));
        return entries;
    }

    private Entry entry(String scenario, String contender, Settings settings, RedisTrial.Run run) {
        return new Entry(scenario, contender, new RedisTrial(lab, settings, contender, run));
    }

    private RedisLoad here(String contender, int threads, boolean hot, Duration duration) throws Exception {
        return RedisLoad.run(lab.clients().contender(contender, hot), threads, hot ? 1 : RedisClients.KEYS, duration);
    }

    private RedisLoad onNodes(String contender, Duration duration) throws Exception {
        List<RedisLoad> loads = new ArrayList<>();
        try {
            List<RedisNode> nodes = lab.nodes();
            for (RedisNode node : nodes) {
                node.begin(contender, NODE_THREADS, duration);
            }
            for (RedisNode node : nodes) {
                loads.add(node.end());
            }
        } finally {
            if (loads.size() < RedisLab.JVMS) { // what they have not answered is not to be taken for the next answer
                lab.endNodes();
            }
        }
        return RedisLoad.together(loads);
    }

    @Override
    public List<Goal> goals(Results results) {
        List<String> shared = List.of(hot(8), hot(64));
        List<Goal> goals = new ArrayList<>(List.of(
                trips("redis, trips of an uncontended decision", results, 1, 1),
                trips("redis, trips of a decision with 8 threads", results, 8, 0.2),
                trips("redis, trips of a decision with 64 threads", results, 64, 0.03),
                speed(
                        "redis, speed of plain decisions beside EVALSHA",
                        results.worstRatio(
                                THREADS.stream().map(RedisBench::hot).toList(),
                                RedisClients.PLAIN,
                                RedisClients.SCRIPT),
                        0.5),
                speed("redis, speed beside EVALSHA with 8 threads", results, hot(8), RedisClients.SCRIPT, 1.2),
                speed("redis, speed beside EVALSHA with 64 threads", results, hot(64), RedisClients.SCRIPT, 2),
                speed("redis, speed beside Bucket4j with 8 threads", results, hot(8), RedisClients.BUCKET4J, 10),
                speed("redis, speed beside Bucket4j with 64 threads", results, hot(64), RedisClients.BUCKET4J, 100),
                speed(
                        "redis, speed beside Bucket4j's batching",
                        results.worstRatio(shared, Entry.WEIR, RedisClients.BATCHING),
                        1),
                speed("redis, speed beside Redisson", results.worstRatio(shared, Entry.WEIR, RedisClients.REDISSON), 4),
                speed(
                        "redis, speed with many keys beside the fastest peer",
                        results.worstRatio(
                                List.of(many(8), many(64)),
                                Entry.WEIR,
                                List.of(RedisClients.BUCKET4J, RedisClients.BATCHING, RedisClients.REDISSON)),
                        1.5),
                Goal.atMost(
                        "redis, memory of a key in Redis",
                        results.worstBytes(List.of(RedisMemory.SCENARIO), Entry.WEIR),
                        200,
                        Unit.BYTES)));
        goals.addAll(RedisLeased.goals(results, hot(8)));
        return goals;
    }

    private static Goal trips(String name, Results results, int threads, double target) {
        return Goal.atMost(name, results.figure(hot(threads), Entry.WEIR, RedisTrial.TRIPS), target, Unit.TRIPS);
    }

    private static Goal speed(String name, Results results, String scenario, String peer, double target) {
        return speed(name, results.worstRatio(List.of(scenario), Entry.WEIR, peer), target);
    }

    /** From a ratio of times. */
    static Goal speed(String name, Figure times, double target) {
        return Goal.atLeast(name, times.inverse(), target, Unit.RATIO);
    }

    @Override
    public void end() throws IOException {
        lab.close();
    }
}

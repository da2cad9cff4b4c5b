package dev.weir.ratelimit.redis;

import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.Lease;
import dev.weir.ratelimit.remote.RemoteMetrics;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.async.RedisScriptingAsyncCommands;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** A process of a fleet: a JVM that does what it reads, and writes down every answer of the server. */
final class FleetNode {
    /** The script's answer is of this time, whatever is put in the place of the clock that it decides by. */
    private static final String CLOCK_LINE = "local now = time[1] * 1000000 + time[2]";

    private static final String ANSWER_LINE = "answer[#answer + 1] = now";

    static final Duration LEASE_TTL = Duration.ofMillis(100);

    /** Where the shift of the server's clock is. */
    static String shiftKey(String key) {
        return key + ":shift";
    }

    /**
     * What a process does.
     *
     * @param port the port of a server
     * @param isCluster whether it is one of a cluster
     * @param key the key of the bucket
     * @param rate its rate
     * @param waits whether callers wait for permits, or ask for one again and again
     * @param leased how many permits are fetched in advance at most, for {@link #LEASE_TTL}; 0 for no lease
     * @param threads how many callers there are
     * @param millis how long they do
     * @param skewMinutes how far the clock of this process is ahead
     * @param log where to write the answers; with a lease, when permits were used
     */
    record Plan(
            int port,
            boolean isCluster,
            String key,
            Rate rate,
            boolean waits,
            long leased,
            int threads,
            long millis,
            long skewMinutes,
            Path log) {
        String line() {
            return String.join(
                    "|",
                    Integer.toString(port),
                    Boolean.toString(isCluster),
                    key,
                    rate.permits() + "|" + rate.period().toNanos() + "|" + rate.burst(),
                    Boolean.toString(waits),
                    Long.toString(leased),
                    Integer.toString(threads),
                    Long.toString(millis),
                    Long.toString(skewMinutes),
                    log.toString());
        }

        static Plan parse(String line) {
            String[] parts = line.split("\\|");
            return new Plan(
                    Integer.parseInt(parts[0]),
                    Boolean.parseBoolean(parts[1]),
                    parts[2],
                    new Rate(
                            Long.parseLong(parts[3]),
                            Duration.ofNanos(Long.parseLong(parts[4])),
                            Long.parseLong(parts[5])),
                    Boolean.parseBoolean(parts[6]),
                    Long.parseLong(parts[7]),
                    Integer.parseInt(parts[8]),
                    Long.parseLong(parts[9]),
                    Long.parseLong(parts[10]),
                    Path.of(parts[11]));
        }
    }

    /** A clock that is wrong, and that jumps ahead by as much after a while. */
    private record Skewed(long offsetNanos, long jumpsAt) implements TimeSource {
        @Override
        public long nanoTime() {
            long now = System.nanoTime();
            return now + offsetNanos + (now - jumpsAt > 0 ? Math.abs(offsetNanos) : 0);
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            TimeSource.system().parkNanos(blocker, nanos);
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            return TimeSource.system().schedule(task, delay);
        }
    }

    private final Plan plan;
    private final Queue<TripLog.Trip> trips = new ConcurrentLinkedQueue<>();
    private final Queue<UseLog.Use> uses = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unanswered = new AtomicInteger();

    private FleetNode(Plan plan) {
        this.plan = plan;
    }

    /** The script, with a clock that a test can set. */
    private static Script script() {
        String text = Script.GCRA.text();
        if (!text.contains(CLOCK_LINE) || !text.contains(ANSWER_LINE)) {
            throw new AssertionError("the lines of the clock are others now");
        }
        return Script.of(text.replace(
                        CLOCK_LINE,
                        "local real = time[1] * 1000000 + time[2]\n"
                                + "local now = real + tonumber(redis.call('GET', KEYS[1] .. ':shift') or '0')")
                .replace(ANSWER_LINE, "answer[#answer + 1] = real"));
    }

    /** The commands, of which every script's answer is written down. */
    @SuppressWarnings("unchecked")
    private RedisScriptingAsyncCommands<String, String> tapped(RedisScriptingAsyncCommands<String, String> commands) {
        return (RedisScriptingAsyncCommands<String, String>) Proxy.newProxyInstance(
                FleetNode.class.getClassLoader(),
                new Class<?>[] {RedisScriptingAsyncCommands.class},
                (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(commands, arguments);
                        if (arguments != null
                                && arguments.length == 4
                                && method.getName().startsWith("eval")
                                && plan.leased() == 0) {
                            unanswered.incrementAndGet();
                            ((CompletionStage<List<Long>>) result).whenComplete((answer, failure) -> {
                                if (answer != null) {
                                    trips.add(TripLog.Trip.of((String[]) arguments[3], answer));
                                }
                                unanswered.decrementAndGet();
                            });
                        }
                        return result;
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    private static RedisScriptingAsyncCommands<String, String> connect(Plan plan, List<AutoCloseable> opened) {
        RedisURI uri = RedisURI.create("127.0.0.1", plan.port());
        if (plan.isCluster()) {
            RedisClusterClient client = RedisClusterClient.create(uri);
            opened.add(() -> client.shutdown(0, 1, TimeUnit.SECONDS));
            client.setOptions(clusterOptions());
            return client.connect().async();
        }
        RedisClient client = RedisClient.create(uri);
        opened.add(() -> client.shutdown(0, 1, TimeUnit.SECONDS));
        client.setOptions(RedisRateLimiter.options().build());
        return client.connect().async();
    }

    static ClusterClientOptions clusterOptions() {
        return ClusterClientOptions.builder(RedisRateLimiter.options().build())
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enablePeriodicRefresh(Duration.ofMillis(500))
                        .build())
                .build();
    }

    /** What the callers of this process got. */
    private record Got(long admitted, long refusedInOutage, long longestMillis) {}

    private Got run(RemoteRateLimiter limiter) throws InterruptedException {
        LongAdder admitted = new LongAdder();
        LongAdder refused = new LongAdder();
        long[] longest = new long[plan.threads()];
        List<Thread> threads = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.millis());
        for (int i = 0; i < plan.threads(); i++) {
            int id = i;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    while (System.nanoTime() - end < 0) {
                        long start = System.nanoTime();
                        long wanted = 1 + id;
                        boolean got = false;
                        try {
                            if (plan.waits()) {
                                limiter.acquire(wanted);
                                got = true;
                            } else {
                                got = limiter.tryAcquire(wanted);
                            }
                        } catch (RejectedExecutionException outage) {
                            refused.increment();
                        }
                        long after = System.nanoTime();
                        longest[id] = Math.max(longest[id], after - start);
                        if (got) {
                            admitted.add(wanted);
                            uses.add(new UseLog.Use(start, after, wanted));
                        } else {
                            TimeUnit.MICROSECONDS.sleep(300);
                        }
                    }
                } catch (InterruptedException stopped) {
                    throw new IllegalStateException(stopped);
                }
            }));
        }
        long worst = 0;
        for (int i = 0; i < plan.threads(); i++) {
            threads.get(i).join();
            worst = Math.max(worst, longest[i]);
        }
        return new Got(admitted.sum(), refused.sum(), TimeUnit.NANOSECONDS.toMillis(worst));
    }

    private static void run(String line, BufferedReader in) throws Exception {
        FleetNode node = new FleetNode(Plan.parse(line));
        List<AutoCloseable> opened = new ArrayList<>();
        Plan plan = node.plan;
        RedisScriptingAsyncCommands<String, String> commands = connect(plan, opened);
        long offset = TimeUnit.MINUTES.toNanos(plan.skewMinutes());
        long middle = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.millis() / 2);
        RemoteRateLimiter.Builder builder = RemoteRateLimiter.builder(
                        new RedisBuckets(node.tapped(commands), script()), plan.key(), plan.rate())
                .timeSource(offset == 0 ? TimeSource.system() : new Skewed(offset, middle))
                .timeout(Duration.ofMillis(500));
        if (plan.leased() > 0) {
            builder.lease(Lease.upTo(plan.leased(), LEASE_TTL));
        }
        RemoteRateLimiter limiter = builder.build();
        System.out.println("ready");
        in.readLine();
        Got got = node.run(limiter);
        long start = System.nanoTime();
        while (node.unanswered.get() > 0 && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10)) {
            Thread.sleep(10); // late answers, and what they have given back
        }
        Stream<String> lines = plan.leased() > 0
                ? node.uses.stream().map(UseLog.Use::line)
                : node.trips.stream().map(TripLog.Trip::line);
        Files.write(plan.log(), lines.toList(), StandardCharsets.US_ASCII);
        RemoteMetrics metrics = limiter.remoteMetrics();
        System.out.println(got.admitted() + " " + got.refusedInOutage() + " " + got.longestMillis() + " "
                + metrics.failed() + " " + metrics.trips());
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    /** Reads a plan, says that it is ready, reads the signal, and says what the callers got; over and over. */
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                run(line, in);
            }
        } finally {
            System.exit(0);
        }
    }
}

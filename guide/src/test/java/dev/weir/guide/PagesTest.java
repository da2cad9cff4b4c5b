package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.pool.WorkerPool;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.RateLimiterMetrics;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.ratelimit.redis.RedisRateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.OutagePolicy;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The code of the pages on what all parts have in common, beside the guide. */
@Timeout(60)
class PagesTest {
    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofMinutes(1)); // a guard against a hang alone
    }

    @Test
    void a_part_has_a_name_and_counts() {
        // @start region="metrics"
        TokenBucket limiter =
                TokenBucket.builder(Rate.perSecond(100)).name("orders").build();
        String name = limiter.name(); // "orders", which is first in toString() as well
        RateLimiterMetrics metrics = limiter.metrics(); // admitted, rejected, waits, waited, abandoned, …
        // @end
        assertEquals("orders", name);
        assertTrue(limiter.toString().startsWith("TokenBucket[orders, "), limiter.toString());
        assertEquals(0, metrics.admitted());
        assertTrue(limiter.tryAcquire());
        assertEquals(1, limiter.metrics().admitted());
    }

    @Test
    void the_defaults_of_context_hold_for_parts_that_exist() throws Exception {
        try (WorkerPool pool = WorkerPool.builder("tenants").build()) {
            // @start region="context"
            ContextCarrier.setDefaults(ContextCarrier.mdc(), ContextCarrier.of(TENANT)); // once, at the start
            // @end
            TENANT.set("north");
            assertEquals("north", pool.submit(TENANT::get).get());
        } finally {
            TENANT.remove();
            ContextCarrier.setDefaults(ContextCarrier.mdc());
        }
    }

    private static void record(Channel<String> channel, Path file) throws IOException, InterruptedException {
        // @start region="jfr"
        try (Recording recording = new Recording()) {
            recording.enable("dev.weir.ChannelWait").withThreshold(Duration.ofMillis(20));
            recording.start();
            channel.receive();
            recording.dump(file);
        }
        // @end
    }

    @Test
    void a_recording_has_the_waits_beyond_the_threshold(@TempDir Path folder) throws Exception {
        Channel<String> channel =
                Channel.<String>rendezvousBuilder().name("orders").build();
        Path file = folder.resolve("waits.jfr");
        try (ExecutorService sender = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> sent = sender.submit(() -> {
                await().until(() -> channel.metrics().waitingReceivers() == 1);
                Thread.sleep(100); // of the wait that is to be seen
                channel.send("order");
                return null;
            });
            record(channel, file);
            sent.get();
        }
        List<RecordedEvent> waits = RecordingFile.readAllEvents(file);
        assertEquals(1, waits.size());
        assertEquals("orders", waits.getFirst().getString("channel"));
    }

    /** What the page prints, as a list. */
    private static List<String> waits() {
        List<String> lines = new ArrayList<>();
        // @start region="blockers"
        for (Thread thread : Thread.getAllStackTraces().keySet()) { // the platform threads
            Object blocker = LockSupport.getBlocker(thread);
            if (blocker != null && blocker.getClass().getName().startsWith("dev.weir.")) {
                lines.add(thread.getName() + " waits: " + blocker);
            }
        }
        // @end
        return lines;
    }

    @Test
    void a_thread_that_waits_says_for_what() throws Exception {
        Channel<String> channel = Channel.<String>builder(1).name("orders").build();
        CountDownLatch ended = new CountDownLatch(1);
        Thread receiver = Thread.ofPlatform().name("http-7").daemon().start(() -> {
            try {
                channel.receive();
            } catch (InterruptedException stopped) {
                ended.countDown();
            }
        });
        await().until(() -> waits().stream()
                .anyMatch(line -> line.startsWith("http-7 waits: Channel orders: an element, 1 waiting: http-7 for ")));
        receiver.interrupt();
        ended.await();
    }

    @Test
    void a_fleet_has_one_limit() throws Exception {
        try (LocalRedis redis = LocalRedis.start();
                RedisClient client = RedisClient.create(redis.url())) {
            await().until(() -> fleet(client)); // an answer may come too late
        }
    }

    private static boolean fleet(RedisClient client) throws InterruptedException {
        // @start region="fleet"
        client.setOptions(RedisRateLimiter.options().build());
        StatefulRedisConnection<String, String> connection = client.connect();

        RateLimiter orders = RedisRateLimiter.builder(connection.async(), "limit:orders", Rate.perSecond(100))
                .onOutage(OutagePolicy.localShare(3)) // without Redis: a third of the rate in each of 3 processes
                .build();
        orders.acquire();

        KeyedRemoteRateLimiter customers =
                RedisRateLimiter.keyed(connection.async(), Rate.perMinute(60)).build();
        boolean admitted = customers.forKey("limit:customer:7").tryAcquire();
        // @end
        assertFalse(connection.isMulti());
        return admitted;
    }
}

package dev.weir.benchmarks;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import io.github.bucket4j.BlockingBucket;
import io.github.bucket4j.Bucket;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Whether threads that wait are served in the order in which they came, never more at once than the bound, and at rest
 * meanwhile. A thousand virtual threads come one after the other, each when the one before is parked. A contender that
 * breaks the order or the bound has that in place of its figures.
 */
final class RateLimitOrder {
    static final String SERVED = "in order, 1,000 threads, 1,000 a second";
    static final String AT_REST = "at rest, processor time of a thread and second";
    private static final int THREADS = 1_000;
    private static final int BURST = 10; // makes up for timers that are late
    private static final long REST_NANOS = 300_000_000;
    private static final int PARTS = 5;

    /** Waits for a permit. */
    @FunctionalInterface
    private interface Limiter {
        void acquire() throws InterruptedException;
    }

    private RateLimitOrder() {}

    static List<Entry> entries(Settings settings) {
        int threads = settings.operations(THREADS);
        Map<String, Supplier<Limiter>> contenders = new LinkedHashMap<>();
        contenders.put(Entry.WEIR, () -> weir(Rate.perSecond(THREADS).withBurst(BURST)));
        contenders.put("Bucket4j, lock-free", () -> bucket4j(THREADS, Duration.ofSeconds(1)));
        List<Entry> entries = new ArrayList<>();
        contenders.forEach((contender, limiter) ->
                entries.add(new Entry(SERVED, contender, () -> serve(limiter.get(), threads))));
        Map<String, Supplier<Limiter>> never = new LinkedHashMap<>();
        never.put(Entry.WEIR, () -> weir(Rate.of(1, Duration.ofDays(1))));
        never.put("Bucket4j, lock-free", () -> bucket4j(1, Duration.ofDays(1)));
        never.forEach((contender, limiter) ->
                entries.add(new Entry(AT_REST, contender, () -> rest(limiter.get(), threads))));
        return entries;
    }

    private static Limiter weir(Rate rate) {
        return TokenBucket.builder(rate).initialPermits(0).build()::acquire;
    }

    private static Limiter bucket4j(long permits, Duration period) {
        BlockingBucket bucket = Bucket.builder()
                .addLimit(limit -> limit.capacity(BURST)
                        .refillGreedy(1, period.dividedBy(permits))
                        .initialTokens(0))
                .withNanosecondPrecision()
                .build()
                .asBlocking();
        return () -> bucket.consume(1);
    }

    private static Sample serve(Limiter limiter, int count) throws Exception {
        AtomicIntegerArray order = new AtomicIntegerArray(count + 1); // at the end, how many have been served
        AtomicLongArray at = new AtomicLongArray(count);
        long start = System.nanoTime();
        List<Thread> threads = startOneByOne(count, number -> {
            limiter.acquire();
            int place = order.getAndIncrement(count);
            at.set(place, System.nanoTime());
            order.set(place, number);
        });
        for (Thread thread : threads) {
            thread.join();
        }
        checkOrder(order, count);
        checkBound(at, count);
        return new Sample((double) (System.nanoTime() - start) / count, Double.NaN);
    }

    /**
     * Up to a burst of threads may be served by one late timer, and be scheduled in any order after that; a thread that
     * is served after one that came more than a burst later has been overtaken.
     */
    private static void checkOrder(AtomicIntegerArray order, int count) {
        int overtaken = 0;
        int latest = 0;
        for (int place = 0; place < count; place++) {
            latest = Math.max(latest, order.get(place));
            if (order.get(place) < latest - BURST) {
                overtaken++;
            }
        }
        if (overtaken > 0) {
            throw new IllegalStateException(overtaken + " were overtaken");
        }
    }

    /** In whole permits, and as the threads saw it, which the scheduler may have delayed by a few. */
    private static void checkBound(AtomicLongArray at, int count) {
        long most = 0;
        for (int from = 0; from < count; from++) {
            for (int to = from; to < count; to++) {
                long grown = (at.get(to) - at.get(from)) * THREADS / 1_000_000_000;
                most = Math.max(most, to - from + 1 - (BURST + grown));
            }
        }
        if (most > count / 20) {
            throw new IllegalStateException(most + " more than the bound in a window");
        }
    }

    private static Sample rest(Limiter limiter, int count) throws Exception {
        List<Thread> threads = startOneByOne(count, number -> limiter.acquire());
        double least = Double.MAX_VALUE; // the compilers may still be at what came before
        for (int part = 0; part < PARTS; part++) {
            least = Math.min(least, processorTimePerSecond());
        }
        for (Thread thread : threads) {
            thread.interrupt();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return new Sample(least / count, Double.NaN);
    }

    private static double processorTimePerSecond() {
        long start = System.nanoTime();
        long before = processorTime();
        for (long left = REST_NANOS; left > 0; left = REST_NANOS - (System.nanoTime() - start)) {
            LockSupport.parkNanos(left);
        }
        return (processorTime() - before) / ((System.nanoTime() - start) / 1e9);
    }

    private static long processorTime() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }

    /** What a thread does, with its number. */
    @FunctionalInterface
    private interface Body {
        void run(int number) throws InterruptedException;
    }

    /** A thread that waits for a lock has not come to its place yet. */
    private static boolean isParked(Thread thread) {
        return thread.getState() != Thread.State.NEW
                && thread.getState() != Thread.State.RUNNABLE
                && !(LockSupport.getBlocker(thread) instanceof AbstractOwnableSynchronizer);
    }

    private static List<Thread> startOneByOne(int count, Body body) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            Thread thread = Thread.ofVirtual().start(() -> {
                try {
                    body.run(number);
                } catch (InterruptedException enough) {
                    Thread.currentThread().interrupt();
                }
            });
            while (!isParked(thread)) {
                Thread.onSpinWait();
            }
            threads.add(thread);
        }
        return threads;
    }
}

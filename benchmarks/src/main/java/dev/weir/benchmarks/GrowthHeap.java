package dev.weir.benchmarks;

import dev.failsafe.Failsafe;
import dev.weir.core.pool.WorkerPool;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import io.github.resilience4j.retry.RetryConfig;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How much heap what waits takes, one of very many: what is live after a collection, less what was live before. The
 * time is that of putting it there.
 */
final class GrowthHeap {
    static final String RETRY = "heap of a pending retry, of 100,000";
    static final String TASK = "heap of a queued task, of 1,000,000";
    static final String FUTURE = "heap of a queued future, of 1,000,000";
    static final String KEY = "heap of an idle key, of 1,000,000";
    static final String RECEIVER = "heap of a waiting receiver, of 100,000";
    static final String PARKED = "virtual thread, parked";

    private static final int MANY = 1_000_000;
    private static final int FEWER = 100_000;
    private static final Duration DELAY = Duration.ofHours(1);
    private static final Runnable NOTHING = () -> {};

    /** What keeps what waits, and what ends it. */
    private record Kept(Object what, AutoCloseable end) {}

    /** Puts a number of something there. */
    @FunctionalInterface
    private interface Maker {
        Kept make(int count) throws Exception;
    }

    @FunctionalInterface
    private interface Receiver {
        void receive() throws InterruptedException;
    }

    private GrowthHeap() {}

    static List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        add(entries, settings, RETRY, FEWER, retries());
        add(entries, settings, TASK, MANY, pools((pool, task) -> pool.execute(task)));
        add(entries, settings, FUTURE, MANY, pools(ExecutorService::submit));
        add(entries, settings, KEY, MANY, keys());
        add(entries, settings, RECEIVER, FEWER, receivers());
        return entries;
    }

    private static void add(
            List<Entry> entries, Settings settings, String scenario, int most, Map<String, Maker> contenders) {
        int count = settings.operations(most);
        contenders.forEach(
                (contender, maker) -> entries.add(new Entry(scenario, contender, () -> measure(count, maker))));
    }

    private static Sample measure(int count, Maker maker) throws Exception {
        long before = liveBytes();
        long start = System.nanoTime();
        Kept kept = maker.make(count);
        long took = System.nanoTime() - start;
        long bytes = liveBytes() - before;
        Reference.reachabilityFence(kept);
        kept.end().close();
        return new Sample((double) took / count, (double) bytes / count);
    }

    /** What is left after a second collection, as the first one may only find what it lets go of. */
    private static long liveBytes() {
        System.gc();
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    // ---- retries

    private static Map<String, Maker> retries() {
        Map<String, Maker> retries = new LinkedHashMap<>();
        IllegalStateException failure = new IllegalStateException("fails"); // one, whose stack is nobody's
        Supplier<CompletionStage<Integer>> fails = () -> CompletableFuture.failedFuture(failure);
        retries.put(Entry.WEIR, count -> {
            Retry retry =
                    Retry.of(RetryPolicy.builder().backoff(Backoff.fixed(DELAY)).build());
            return pending(count, i -> retry.callAsync(fails::get), () -> {});
        });
        retries.put("Resilience4j", count -> {
            ScheduledThreadPoolExecutor scheduler = scheduler();
            io.github.resilience4j.retry.Retry retry = io.github.resilience4j.retry.Retry.of(
                    "growth", RetryConfig.custom().waitDuration(DELAY).build());
            return pending(
                    count,
                    i -> retry.executeCompletionStage(scheduler, fails).toCompletableFuture(),
                    () -> awaitQueued(scheduler, count));
        });
        retries.put("Failsafe", count -> {
            ScheduledThreadPoolExecutor scheduler = scheduler();
            dev.failsafe.FailsafeExecutor<Integer> failsafe = Failsafe.with(dev.failsafe.RetryPolicy.<Integer>builder()
                            .withDelay(DELAY)
                            .build())
                    .with(scheduler);
            CountDownLatch attempts = new CountDownLatch(count);
            return pending(
                    count,
                    i -> failsafe.getStageAsync(() -> {
                        attempts.countDown();
                        return fails.get();
                    }),
                    () -> {
                        attempts.await();
                        awaitQueued(scheduler, count);
                    });
        });
        return retries;
    }

    private static ScheduledThreadPoolExecutor scheduler() {
        ScheduledThreadPoolExecutor scheduler =
                new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().factory());
        scheduler.setRemoveOnCancelPolicy(true);
        return scheduler;
    }

    private static void awaitQueued(ScheduledThreadPoolExecutor scheduler, int count) throws InterruptedException {
        while (scheduler.getQueue().size() < count) {
            Thread.sleep(1);
        }
    }

    private static Kept pending(int count, Function<Integer, Future<Integer>> call, Meeting.Part settled)
            throws Exception {
        List<Future<Integer>> futures = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            futures.add(call.apply(i));
        }
        settled.run();
        return new Kept(futures, () -> futures.forEach(future -> future.cancel(true)));
    }

    // ---- tasks

    private static Map<String, Maker> pools(BiConsumer<ExecutorService, Runnable> submit) {
        Map<String, Maker> makers = new LinkedHashMap<>();
        Map<String, Function<Integer, ExecutorService>> pools = new LinkedHashMap<>();
        pools.put(
                Entry.WEIR,
                count -> WorkerPool.builder("growth")
                        .minWorkers(Pools.WORKERS)
                        .maxWorkers(Pools.WORKERS)
                        .queueCapacity(count)
                        .build());
        pools.put("TPE, LBQ (unbounded)", count -> Pools.unboundedThreadPool());
        pools.put(Pools.FORK_JOIN, count -> Pools.forkJoin());
        pools.put("EnhancedQueueExecutor (unbounded)", count -> Pools.enhancedQueue());
        pools.forEach((contender, pool) -> makers.put(contender, count -> queued(pool.apply(count), count, submit)));
        return makers;
    }

    private static Kept queued(ExecutorService pool, int count, BiConsumer<ExecutorService, Runnable> submit)
            throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(Pools.WORKERS);
        CountDownLatch end = new CountDownLatch(1);
        for (int worker = 0; worker < Pools.WORKERS; worker++) {
            pool.execute(() -> {
                busy.countDown();
                try {
                    end.await();
                } catch (InterruptedException stop) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        busy.await();
        for (int task = 0; task < count; task++) {
            submit.accept(pool, NOTHING);
        }
        return new Kept(pool, () -> {
            end.countDown();
            pool.close();
        });
    }

    // ---- keys

    private static Map<String, Maker> keys() {
        Map<String, Maker> makers = new LinkedHashMap<>();
        for (String contender : List.of(Entry.WEIR, "Guava", "Bucket4j, lock-free", "Resilience4j")) {
            makers.put(contender, count -> {
                Integer[] keys = RateLimitHeap.keys(count);
                return new Kept(RateLimitHeap.withKeys(contender, keys), () -> {});
            });
        }
        return makers;
    }

    // ---- receivers

    private static Map<String, Maker> receivers() {
        Map<String, Maker> makers = new LinkedHashMap<>();
        Pipe.bounded()
                .forEach((contender, pipe) -> makers.put(contender, count -> {
                    Pipe empty = pipe.apply(1);
                    return waiting(count, empty::receive);
                }));
        makers.put(
                PARKED,
                count -> waiting(count, () -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        LockSupport.park();
                    }
                }));
        return makers;
    }

    private static Kept waiting(int count, Receiver receiver) throws InterruptedException {
        List<Thread> threads = Meeting.waiting(count, () -> {
            try {
                receiver.receive();
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
        });
        return new Kept(threads, () -> {
            threads.forEach(Thread::interrupt);
            for (Thread thread : threads) {
                thread.join();
            }
        });
    }
}

package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Everything at once, for a while; and in the end every task has had exactly one end. */
@Timeout(120)
class WorkerPoolSoakTest {
    private static final int SUBMITTERS = 8;
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(350);

    enum Kind {
        PLAIN,
        HANDOFF,
        PRIORITIES,
        VIRTUAL
    }

    private final AtomicInteger workers = new AtomicInteger();
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong ran = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong neverReported = new AtomicLong();
    private final Queue<Future<?>> futures = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @EnumSource(Kind.class)
    void every_task_has_exactly_one_end_and_no_thread_is_left(Kind kind) throws Exception {
        long seed = System.nanoTime();
        System.out.println("soak " + kind + " seed " + seed);
        Random random = new Random(seed);
        Saturation[] policies = {
            Saturation.block(),
            Saturation.block(Duration.ofNanos(300_000)),
            Saturation.callerRuns(),
            Saturation.reject(),
            Saturation.discardOldest()
        };
        for (int round = 0; round < policies.length; round++) {
            round(kind, policies[round], random, "round " + round + ", seed " + seed);
        }
    }

    private void round(Kind kind, Saturation policy, Random random, String what) throws Exception {
        submitted.set(0);
        ran.set(0);
        refused.set(0);
        neverReported.set(0);
        futures.clear();
        WorkerPool pool = build(kind, policy, random.nextLong());
        long end = System.nanoTime() + ROUND_NANOS;
        List<FutureTask<Void>> threads = new ArrayList<>();
        for (int i = 0; i < SUBMITTERS; i++) {
            Random own = new Random(random.nextLong());
            threads.add(PoolFixture.start(() -> {
                while (System.nanoTime() - end < 0) {
                    submitOne(pool, own);
                }
                return null;
            }));
        }
        boolean stops = random.nextInt(3) == 0;
        while (System.nanoTime() - end < 0) {
            disturb(pool, random, kind);
            LockSupport.parkNanos(random.nextInt(300_000));
        }
        pool.resume();
        if (stops) {
            neverReported.addAndGet(
                    pool.shutdown(Deadline.after(Duration.ZERO)).neverStarted().size());
        }
        for (FutureTask<Void> thread : threads) {
            thread.get(60, TimeUnit.SECONDS);
        }
        neverReported.addAndGet(pool.shutdown(Deadline.after(Duration.ofSeconds(20)))
                .neverStarted()
                .size());
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS), () -> what + ": " + pool + pool.metrics());
        check(pool.metrics(), what);
    }

    private void check(PoolMetrics end, String what) throws InterruptedException {
        String all = what + ": " + end + ", ran " + ran + ", refused " + refused;
        for (Future<?> future : futures) {
            assertTrue(future.isDone(), all);
        }
        assertEquals(submitted.get(), end.submitted(), all);
        assertEquals(ran.get(), end.completed(), all);
        assertEquals(refused.get(), end.rejected(), all);
        assertTrue(neverReported.get() <= end.abandoned(), all);
        assertEquals(
                end.submitted(),
                end.completed() + end.cancelled() + end.rejected() + end.discarded() + end.abandoned(),
                all);
        assertEquals(0, end.queued() + end.active() + end.workers() + end.blockedSubmitters(), all);
        for (int i = 0; i < 10_000 && workers.get() > 0; i++) {
            Thread.sleep(1);
        }
        assertEquals(0, workers.get(), all);
    }

    private WorkerPool build(Kind kind, Saturation policy, long seed) {
        Random starts = new Random(seed);
        Thread.Builder threads = kind == Kind.VIRTUAL ? Thread.ofVirtual() : Thread.ofPlatform();
        WorkerPoolBuilder builder = WorkerPool.builder("soak")
                .maxWorkers(3)
                .queueCapacity(kind == Kind.HANDOFF ? 0 : 8)
                .keepAlive(Duration.ofNanos(200_000))
                .saturation(policy)
                .failureHandler((task, failure) -> {})
                .threadFactory(worker -> {
                    synchronized (starts) {
                        if (starts.nextInt(10) == 0) {
                            return null;
                        }
                    }
                    return threads.unstarted(() -> {
                        workers.incrementAndGet();
                        try {
                            worker.run();
                        } finally {
                            workers.decrementAndGet();
                        }
                    });
                });
        return (kind == Kind.PRIORITIES ? builder.priorities(Duration.ofNanos(1_000_000)) : builder).build();
    }

    private void submitOne(WorkerPool pool, Random random) {
        AtomicInteger runs = new AtomicInteger();
        int fate = random.nextInt(12);
        int micros = random.nextInt(40);
        Runnable task = () -> {
            assertEquals(1, runs.incrementAndGet());
            ran.incrementAndGet();
            if (fate == 0) {
                throw new IllegalStateException("expected by this test");
            }
            LockSupport.parkNanos(micros * 1_000L);
        };
        TaskOptions options = TaskOptions.none().priority(random.nextInt(5));
        submitted.incrementAndGet();
        try {
            switch (fate) {
                case 1 -> {
                    Future<?> future = pool.submit(task, options);
                    futures.add(future);
                    future.cancel(random.nextBoolean());
                }
                case 2 -> futures.add(pool.submit(task, options.queueTimeout(Duration.ofNanos(50_000))));
                case 3 -> futures.add(pool.submit(task, options.runTimeout(Duration.ofNanos(20_000))));
                case 4 -> pool.execute(task, options);
                case 5 ->
                    futures.add(pool.supplyAsync(
                            () -> {
                                task.run();
                                return 1;
                            },
                            options));
                case 6 -> {
                    Thread.currentThread().interrupt();
                    pool.execute(task);
                }
                default -> pool.execute(task);
            }
        } catch (RejectedExecutionException rejected) {
            refused.incrementAndGet();
        } finally {
            Thread.interrupted();
        }
    }

    private static void disturb(WorkerPool pool, Random random, Kind kind) {
        switch (random.nextInt(6)) {
            case 0 -> {
                int max = 1 + random.nextInt(4);
                pool.resize(random.nextInt(max + 1), max);
            }
            case 1 -> pool.resizeQueue(kind == Kind.PRIORITIES ? 1 + random.nextInt(8) : random.nextInt(8));
            case 2 -> pool.pause();
            default -> pool.resume();
        }
        PoolMetrics now = pool.metrics();
        assertFalse(now.active() < 0, now::toString);
    }
}

package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks that come just when the only worker goes to sleep: earlier or later by a nanosecond or two, round by round. */
@Timeout(180)
class WakeupTest {
    private static final long LASTS_NANOS = 1_000_000_000;
    private static final int LONGEST_PAUSE = 2_000;
    private static final int SPINS = 5_000;
    private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

    private volatile int ran;

    @Test
    void no_task_waits_for_a_virtual_worker_that_sleeps() throws Exception {
        play(WorkerPool.builder("race")
                .maxWorkers(1)
                .minWorkers(1)
                .queueCapacity(4)
                .virtualWorkers());
    }

    @Test
    void no_task_waits_for_a_platform_worker_that_sleeps() throws Exception {
        play(WorkerPool.builder("race").maxWorkers(1).minWorkers(1).queueCapacity(4));
    }

    /**
     * Programs that compute take the processor from submitters, now and then from one that is in the middle of an
     * offer.
     */
    @Test
    void virtual_workers_leave_the_processor_to_who_replaces_their_queue() throws Exception {
        WorkerPool pool = WorkerPool.builder("race")
                .maxWorkers(4)
                .queueCapacity(7)
                .virtualWorkers()
                .build();
        long end = System.nanoTime() + 3 * LASTS_NANOS;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            threads.add(Thread.ofPlatform().daemon().start(() -> {
                while (System.nanoTime() - end < 0) {}
            }));
            threads.add(Thread.ofVirtual().start(() -> {
                for (int task = 1; System.nanoTime() - end < 0; task++) {
                    pool.execute(() -> {});
                    rest(task, 50);
                }
            }));
        }
        threads.add(Thread.ofVirtual().start(() -> {
            for (int resize = 1; System.nanoTime() - end < 0; resize++) {
                pool.resizeQueue(1 + resize % 7);
                rest(resize, 16);
            }
        }));
        for (Thread thread : threads) {
            assertTrue(thread.join(Duration.ofSeconds(60)), thread::toString);
        }
        pool.shutdown();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
    }

    private static void rest(int count, int every) {
        if (count % every == 0) {
            LockSupport.parkNanos(1_000);
        }
    }

    private void play(WorkerPoolBuilder builder) throws Exception {
        WorkerPool pool = builder.build();
        try {
            long end = System.nanoTime() + LASTS_NANOS;
            for (int round = 1; System.nanoTime() - end < 0; round++) {
                int number = round;
                pool.execute(() -> ran = number);
                await(number);
                for (int pause = round % LONGEST_PAUSE; pause > 0 && ran == number; pause--) {}
            }
        } finally {
            pool.shutdown();
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        }
    }

    private void await(int number) {
        long since = System.nanoTime();
        for (int spins = 0; ran != number; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else { // the worker has no processor, or sleeps
                Thread.yield();
                assertTrue(System.nanoTime() - since < PATIENCE_NANOS, "the task of round " + number + " waits");
            }
        }
    }
}

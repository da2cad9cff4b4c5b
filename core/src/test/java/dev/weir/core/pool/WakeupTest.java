package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
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

    private void play(WorkerPool.Builder builder) throws Exception {
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

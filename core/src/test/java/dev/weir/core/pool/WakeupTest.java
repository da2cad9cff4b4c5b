package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks that come just when the only worker goes to sleep: earlier or later by some nanoseconds, round by round. */
@Timeout(60)
class WakeupTest {
    private static final int ROUNDS = 100_000;
    private static final int LONGEST_PAUSE = 500;
    private static final long PATIENCE_NANOS = Duration.ofSeconds(10).toNanos();

    private volatile int ran;

    @Test
    void no_task_waits_for_a_virtual_worker_that_sleeps() throws Exception {
        play(WorkerPool.builder("race").maxWorkers(1).minWorkers(1).queueCapacity(4).virtualWorkers());
    }

    @Test
    void no_task_waits_for_a_platform_worker_that_sleeps() throws Exception {
        play(WorkerPool.builder("race").maxWorkers(1).minWorkers(1).queueCapacity(4));
    }

    private void play(WorkerPool.Builder builder) throws Exception {
        WorkerPool pool = builder.build();
        try {
            for (int round = 1; round <= ROUNDS; round++) {
                int number = round;
                pool.execute(() -> ran = number);
                long since = System.nanoTime();
                while (ran != number) {
                    Thread.onSpinWait();
                    assertTrue(System.nanoTime() - since < PATIENCE_NANOS, "the task of round " + round + " waits");
                }
                for (int pause = round % LONGEST_PAUSE; pause > 0; pause--) {
                    Thread.onSpinWait();
                }
            }
        } finally {
            pool.shutdown();
            assertTrue(pool.awaitTermination(10, TimeUnit.SECONDS));
        }
    }
}

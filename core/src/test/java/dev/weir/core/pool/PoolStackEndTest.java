package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.ForkedJvm;
import dev.weir.testkit.StackEnd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A recursion without end overflows its stack within a submission, and its server goes on. */
final class PoolStackEndTest {
    private static final int ROUNDS = 3_000;

    /** In the interpreter, whose frames are large: there an unlock could overflow where the lock had not. */
    @Test
    void submissions_at_the_end_of_the_stack_leave_the_lock_of_a_hand_over_free() throws Exception {
        String output = ForkedJvm.run(List.of("-Xint", "-XX:-PrintWarnings"), Program.class);
        assertTrue(output.endsWith("works"), output);
    }

    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            useAllClasses(); // an overflow in a class initialiser is not the pool's
            WorkerPool pool = pool();
            StackEnd.run(() -> StackEnd.callNear(ROUNDS, round -> submit(pool)));
            boolean works = accepted(pool).get(60, TimeUnit.SECONDS);
            pool.shutdown();
            System.out.print(works && pool.awaitTermination(60, TimeUnit.SECONDS) ? "works" : "does not end");
        }

        /** The workers may still be on their way to be idle, for longer than a submitter waits. */
        private static Future<Boolean> accepted(WorkerPool pool) {
            for (int tries = 1; ; tries++) {
                try {
                    return pool.submit(() -> true, TaskOptions.none());
                } catch (RejectedExecutionException busy) {
                    if (tries == 10_000) {
                        throw busy;
                    }
                }
            }
        }

        private static WorkerPool pool() {
            return WorkerPool.builder("deep")
                    .maxWorkers(2)
                    .queueCapacity(0)
                    .saturation(Saturation.block(Duration.ofMillis(2)))
                    .failureHandler((task, failure) -> {})
                    .build();
        }

        private static void useAllClasses() {
            WorkerPool pool = pool();
            for (int i = 0; i < 300; i++) {
                execute(pool, () -> Thread.sleep(Duration.ofMillis(1)));
            }
            for (int i = 0; i < 3; i++) { // of which one at least is rejected
                execute(pool, new CountDownLatch(1)::await);
            }
            pool.shutdownNow();
        }

        private interface Sleeping {
            void run() throws InterruptedException;
        }

        private static void execute(WorkerPool pool, Sleeping task) {
            try {
                pool.execute(() -> {
                    try {
                        task.run();
                    } catch (InterruptedException stopped) {
                        Thread.currentThread().interrupt();
                    }
                });
            } catch (RejectedExecutionException rejected) {
                // its classes are to be used as well
            }
        }

        private static void submit(WorkerPool pool) {
            try {
                pool.execute(() -> {});
            } catch (RejectedExecutionException expected) {
                // as a server would
            }
        }
    }
}

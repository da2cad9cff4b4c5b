package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.ForkedJvm;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A recursion without end overflows its stack within a submission, and its server goes on. */
final class PoolStackEndTest {
    private static final int ROUNDS = 3_000;
    private static final int MAX_DISTANCE = 260;
    private static final int STACK_BYTES = 256 * 1024;

    /** In the interpreter, whose frames are large: there an unlock could overflow where the lock had not. */
    @Test
    void submissions_at_the_end_of_the_stack_leave_the_lock_of_a_hand_over_free() throws Exception {
        String output = ForkedJvm.run(List.of("-Xint", "-XX:-PrintWarnings"), Program.class);
        assertTrue(output.endsWith("works"), output);
    }

    static final class Program {
        private static int reached;
        private static int sink;

        private Program() {}

        public static void main(String[] arguments) throws Exception {
            useAllClasses(); // an overflow in a class initialiser is not the pool's
            WorkerPool pool = pool();
            Thread submitter = new Thread(null, () -> submitAtTheEnd(pool), "deep", STACK_BYTES);
            submitter.start();
            submitter.join();
            boolean works = pool.submit(() -> true, TaskOptions.none()).get(10, TimeUnit.SECONDS);
            pool.shutdown();
            System.out.print(works && pool.awaitTermination(10, TimeUnit.SECONDS) ? "works" : "does not end");
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

        private static void submitAtTheEnd(WorkerPool pool) {
            Random random = new Random(7);
            int limit = 0;
            for (int round = 0; round < ROUNDS; round++) {
                if (round % 100 == 0) {
                    limit = depth();
                }
                try {
                    deep(limit - random.nextInt(Math.min(limit - 1, MAX_DISTANCE)), () -> pool.execute(() -> {}));
                } catch (StackOverflowError | RejectedExecutionException expected) {
                    // as a server would
                }
            }
        }

        private static int depth() {
            reached = 0;
            try {
                deep(Integer.MAX_VALUE, () -> {});
            } catch (StackOverflowError end) {
                // that is how deep it goes
            }
            return reached;
        }

        private static void deep(int left, Runnable bottom) {
            if (left == 0) {
                bottom.run();
            } else {
                reached++;
                deep(left - 1, bottom);
                sink++; // so that no frame is left out
            }
        }
    }
}

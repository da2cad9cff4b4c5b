package dev.weir.core.sync;

import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** Executors under a keyed one, tasks that wait at a gate, and the account of all tasks at the end. */
@Timeout(60)
abstract class KeyedExecutorFixture {
    final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    final CountDownLatch gate = new CountDownLatch(1);

    /** Keeps what it is given until it is asked to run it. */
    static final class Manual implements Executor {
        final Queue<Runnable> steps = new ArrayDeque<>();

        @Override
        public void execute(Runnable step) {
            steps.add(step);
        }

        void runAll() {
            for (Runnable step = steps.poll(); step != null; step = steps.poll()) {
                step.run();
            }
        }
    }

    @AfterEach
    void openTheGate() throws InterruptedException {
        gate.countDown();
        threads.shutdown();
        assertEquals(true, threads.awaitTermination(30, TimeUnit.SECONDS));
    }

    Runnable waiting() {
        return () -> await(gate);
    }

    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Has a task of this key run until the gate opens. */
    <K> void occupy(KeyedExecutor<K> keyed, K key) {
        CountDownLatch begun = new CountDownLatch(1);
        keyed.execute(key, () -> {
            begun.countDown();
            await(gate);
        });
        await(begun);
    }

    /** Waits until no task waits or runs, no key is kept, and each task that was submitted has had exactly one end. */
    static void assertAtRest(KeyedExecutor<?> keyed) {
        try {
            until(() -> isAtRest(keyed.metrics()));
        } catch (AssertionError failure) {
            throw new AssertionError(keyed.metrics().toString(), failure);
        }
    }

    private static boolean isAtRest(KeyedExecutorMetrics m) {
        return m.keys() == 0
                && m.running() == 0
                && m.waiting() == 0
                && m.blockedSubmitters() == 0
                && m.submitted() == m.completed() + m.cancelled() + m.rejected() + m.discarded() + m.abandoned();
    }
}

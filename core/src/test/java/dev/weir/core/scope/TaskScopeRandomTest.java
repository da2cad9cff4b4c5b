package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random trees of tasks and scopes that return, fail, wait, fork, cancel and are interrupted; whatever happens, holds:
 */
@Timeout(120)
class TaskScopeRandomTest {
    private static final int ROUNDS = 1_500;

    private final ExecutorService few = Executors.newFixedThreadPool(2);
    private final ThreadPoolExecutor full =
            new ThreadPoolExecutor(1, 2, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(1));

    @AfterEach
    void stop() {
        few.shutdownNow();
        full.shutdownNow();
    }

    /** What is forked in one round. */
    private static final class Round {
        final SplittableRandom random;
        final Executor executor;
        final AtomicInteger running = new AtomicInteger();
        final AtomicInteger ran = new AtomicInteger();
        final Queue<Subtask<Integer>> tasks = new ConcurrentLinkedQueue<>();

        Round(SplittableRandom random, Executor executor) {
            this.random = random;
            this.executor = executor;
        }

        synchronized int next(int bound) { // held for no longer than that
            return random.nextInt(bound);
        }

        TaskScope<?> open() {
            TaskScopeBuilder builder =
                    executor == null ? TaskScope.builder() : TaskScope.builder().on(executor);
            if (next(4) == 0) {
                builder = builder.deadline(Deadline.after(Duration.ofNanos(next(300_000))));
            }
            return switch (next(3)) {
                case 0 -> builder.<RuntimeException>failFast();
                case 1 -> builder.<RuntimeException>firstSuccess();
                default -> builder.joinAll();
            };
        }

        @SuppressWarnings("unchecked")
        void fork(TaskScope<?> scope, int depth) {
            try {
                tasks.add(((TaskScope<Exception>) scope).fork(() -> work(scope, depth)));
            } catch (RejectedExecutionException full) {
                // it never ran, and is no part of the scope
            }
        }

        int work(TaskScope<?> scope, int depth) throws Exception {
            running.incrementAndGet();
            ran.incrementAndGet();
            try {
                switch (next(9)) {
                    case 0 -> throw new IOException("random");
                    case 1 -> Thread.sleep(0, 1 + next(200_000));
                    case 2 -> LockSupport.parkNanos(next(50_000));
                    case 3 -> TaskScope.shield(() -> next(10));
                    case 4 -> {
                        for (int i = next(4); i > 0 && depth > 0; i--) {
                            fork(scope, depth - 1);
                        }
                    }
                    case 5 -> {
                        if (depth > 0) {
                            try (TaskScope<?> nested = open()) {
                                for (int i = next(4); i > 0; i--) {
                                    fork(nested, depth - 1);
                                }
                                join(nested);
                            }
                        }
                    }
                    case 6 -> {
                        if (next(8) == 0) {
                            scope.cancel();
                        }
                    }
                    default -> {}
                }
                return 7;
            } finally {
                running.decrementAndGet();
            }
        }

        @SuppressWarnings("unchecked")
        static void join(TaskScope<?> scope) throws InterruptedException {
            try {
                ((TaskScope<IOException>) scope).join();
            } catch (IOException | IllegalStateException expected) {
                // a failure, a race of nobody, a deadline, or a cancel
            }
        }
    }

    @Test
    void every_task_has_one_end_and_none_runs_after_join() throws Exception {
        long seed = new SplittableRandom().nextLong();
        System.out.println("TaskScopeRandomTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Executor[] executors = {null, Runnable::run, few, full};
        AtomicLong outcomes = new AtomicLong();
        List<String> log = CapturedLog.during(TaskScope.class, () -> rounds(random, executors, outcomes, seed));
        assertTrue(outcomes.get() > ROUNDS);
        for (String line : log) {
            assertTrue(line.matches("ERROR .*nobody looked at .*"), line + ", seed " + seed);
        }
    }

    private static void rounds(SplittableRandom random, Executor[] executors, AtomicLong outcomes, long seed)
            throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            // A nested scope on a bounded executor may wait for a thread that it holds itself: no nesting there.
            Executor executor = executors[i % executors.length];
            int depth = executor instanceof ExecutorService ? 0 : 4;
            Round round = new Round(random.split(), executor);
            Thread owner = Thread.currentThread();
            boolean interrupting = random.nextInt(6) == 0;
            Thread interrupter = Thread.ofVirtual().unstarted(() -> {
                LockSupport.parkNanos(20_000);
                owner.interrupt();
            });
            if (interrupting) {
                interrupter.start();
            }
            try (TaskScope<?> scope = round.open()) {
                for (int tasks = random.nextInt(8); tasks > 0; tasks--) {
                    round.fork(scope, depth);
                }
                try {
                    Round.join(scope);
                } catch (InterruptedException stopped) {
                    // by the interrupter, or of its own accord by a task
                }
                assertEquals(0, round.running.get(), "a task runs after join, seed " + seed);
            }
            while (interrupter.isAlive()) {
                Thread.yield(); // a join would be interrupted
            }
            Thread.interrupted();
            check(round, seed);
            outcomes.addAndGet(round.tasks.size());
            assertEquals(0, round.running.get());
            assertFalse(ScopeContext.innermost() != null, "a scope was left open");
        }
    }

    private static void check(Round round, long seed) {
        int began = 0;
        for (Subtask<Integer> task : round.tasks) {
            began += switch (task.outcome()) {
                case Outcome.Success<Integer>(Integer value) -> 1;
                case Outcome.Failure<Integer>(Throwable cause) -> 1;
                case Outcome.Cancelled<Integer>(boolean started, Throwable cause) -> started ? 1 : 0;
            };
        }
        assertEquals(round.ran.get(), began, "a task ran and was said not to, or the reverse, seed " + seed);
    }
}

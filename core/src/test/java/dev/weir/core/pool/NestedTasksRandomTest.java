package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.ThrowingSupplier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Trees of tasks that wait for their children, cancel them and stop their pool, at random, on small pools of all kinds.
 * Every future ends, the account balances, and no thread is left.
 */
@Timeout(120)
class NestedTasksRandomTest extends PoolFixture {
    private static final int ROUNDS = Integer.getInteger("weir.nested.rounds", 25);
    private static final int SUBMITTERS = 3;
    private static final int TASKS = 30;
    private static final int MAX_DEPTH = 2;

    /** One tree of tasks after the other, on one pool. */
    private static final class Trees {
        final WorkerPool pool;
        final Queue<Future<Integer>> futures = new ConcurrentLinkedQueue<>();

        Trees(WorkerPool pool) {
            this.pool = pool;
        }

        private Future<Integer> submit(Random random, int depth) {
            long seed = random.nextLong();
            TaskOptions options = options(random);
            Callable<Integer> task = () -> run(new Random(seed), depth);
            Future<Integer> future;
            switch (random.nextInt(4)) {
                case 0 -> future = pool.supplyAsync((ThrowingSupplier<Integer, Exception>) task::call, options);
                case 1 -> {
                    FutureTask<Integer> own = new FutureTask<>(task);
                    pool.execute(own);
                    future = own;
                }
                default -> future = pool.submit(task, options);
            }
            futures.add(future);
            return future;
        }

        /** A pool does not see that one of its workers waits for a future that is not its own. */
        private static boolean isStrange(Future<Integer> future) {
            return future.getClass() == FutureTask.class;
        }

        private static TaskOptions options(Random random) {
            TaskOptions options = TaskOptions.none();
            if (random.nextInt(4) == 0) {
                options = options.priority(random.nextInt(5));
            }
            if (random.nextInt(8) == 0) {
                options = options.queueTimeout(Duration.ofNanos(1 + random.nextInt(2_000_000)));
            }
            return random.nextInt(8) == 0
                    ? options.runTimeout(Duration.ofNanos(1 + random.nextInt(2_000_000)))
                    : options;
        }

        private int run(Random random, int depth) throws Exception {
            List<Future<Integer>> children = new ArrayList<>();
            for (int i = depth == 0 ? 0 : random.nextInt(3); i > 0; i--) {
                try {
                    Future<Integer> child = submit(random, depth - 1);
                    if (!isStrange(child)) {
                        children.add(child);
                    }
                } catch (RejectedExecutionException answer) {
                    // an end as well
                }
            }
            int sum = 1;
            for (Future<Integer> child : children) {
                if (random.nextInt(6) == 0) {
                    child.cancel(random.nextBoolean());
                }
                try {
                    sum += child.get();
                } catch (ExecutionException | CompletionException | IllegalStateException end) {
                    // an answer as well: the wait was refused, or the child failed
                }
            }
            if (random.nextInt(10) == 0) {
                throw new IllegalStateException("expected by this test");
            }
            return sum;
        }
    }

    private static WorkerPoolBuilder random(Random random, Saturation.Kind kind) {
        int capacity = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(6);
        WorkerPoolBuilder builder = WorkerPool.builder("nested")
                .maxWorkers(1 + random.nextInt(3))
                .queueCapacity(capacity)
                .keepAlive(Duration.ofMillis(1 + random.nextInt(5)))
                .failureHandler((task, failure) -> {})
                .saturation(
                        switch (kind) {
                            case BLOCK -> Saturation.block();
                            case CALLER_RUNS -> Saturation.callerRuns();
                            case REJECT -> Saturation.reject();
                            case DISCARD_OLDEST -> Saturation.discardOldest();
                        });
        if (random.nextInt(3) == 0) {
            builder.virtualWorkers();
        }
        if (capacity > 0 && random.nextInt(4) == 0) {
            builder.priorities();
        }
        if (random.nextInt(4) == 0) {
            builder.decorator(task -> task::run);
        }
        return builder;
    }

    @ParameterizedTest
    @EnumSource(Saturation.Kind.class)
    void every_future_ends_and_the_account_balances(Saturation.Kind kind) throws Exception {
        long base = Long.getLong("weir.nested.seed", System.nanoTime());
        for (int round = 0; round < ROUNDS; round++) {
            long seed = base + round;
            try {
                round(seed, kind);
            } catch (Throwable failure) {
                throw new AssertionError("with -Dweir.nested.seed=" + seed, failure);
            }
        }
    }

    private void round(long seed, Saturation.Kind kind) throws Exception {
        Random random = new Random(seed);
        WorkerPool pool = random(random, kind).build();
        boolean stops = random.nextInt(3) == 0;
        Trees trees = new Trees(pool);
        List<FutureTask<Void>> submitters = new ArrayList<>();
        for (int i = 0; i < SUBMITTERS; i++) {
            Random own = new Random(random.nextLong());
            submitters.add(start(() -> {
                for (int task = 0; task < TASKS; task++) {
                    try {
                        trees.submit(own, MAX_DEPTH);
                    } catch (RejectedExecutionException answer) {
                        // an end as well
                    }
                }
                return null;
            }));
        }
        if (stops) {
            while (trees.futures.size() < TASKS && !submitters.stream().allMatch(Future::isDone)) {
                Thread.onSpinWait();
            }
            pool.shutdownNow();
        }
        for (FutureTask<Void> submitter : submitters) {
            submitter.get(20, TimeUnit.SECONDS);
        }
        for (Future<Integer> future : trees.futures) {
            try {
                future.get(20, TimeUnit.SECONDS);
            } catch (ExecutionException | CancellationException answer) {
                // an end as well
            } catch (TimeoutException never) {
                throw new AssertionError("a future does not end: " + future + " of " + pool.metrics(), never);
            }
        }
        pool.shutdown();
        assertTrue(pool.awaitTermination(20, TimeUnit.SECONDS), pool::toString);
        assertBalance(pool.metrics());
    }
}

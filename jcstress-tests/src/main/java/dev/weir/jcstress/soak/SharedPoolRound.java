package dev.weir.jcstress.soak;

import dev.weir.core.Deadline;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.PoolMetrics;
import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.pool.WorkerPoolBuilder;
import dev.weir.core.scope.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Futures, completion services, scopes, fan-outs and tasks that wait for tasks share a small pool, which wraps what it
 * is given (context, decorator, limits of time), may discard, is resized and in the end stopped under them. Each hears
 * of the end of its task, and the account of the pool balances.
 */
final class SharedPoolRound {
    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    private final Random random;
    private final Tally tally;

    /** The lowest capacity of the queue: one that sorts must have places. */
    private final int places;

    private final WorkerPool pool;
    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Future<?>> futures = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    SharedPoolRound(Random random, Tally tally) {
        this.random = random;
        this.tally = tally;
        this.places = random.nextInt(2);
        WorkerPoolBuilder builder = WorkerPool.builder("shared")
                .maxWorkers(1 + random.nextInt(4))
                .queueCapacity(places + random.nextInt(6))
                .keepAlive(Duration.ofNanos(500_000))
                .failureHandler((task, failure) -> {})
                .saturation(SoakParts.saturation(random));
        if (random.nextBoolean()) {
            builder.virtualWorkers();
        }
        if (random.nextBoolean()) {
            builder.context(ContextCarrier.of(TENANT));
        }
        if (random.nextBoolean()) {
            builder.decorator(task -> task::run);
        }
        if (random.nextInt(3) == 0) {
            builder.queueTimeout(Duration.ofNanos(100_000 + random.nextInt(2_000_000)));
        }
        if (random.nextInt(4) == 0) {
            builder.runTimeout(Duration.ofNanos(500_000 + random.nextInt(2_000_000)));
        }
        if (places > 0) {
            switch (random.nextInt(3)) {
                case 0 -> builder.priorities();
                case 1 -> builder.fairShares(Map.of("trees", 3));
                default -> {}
            }
        }
        pool = builder.build();
    }

    void run() throws Exception {
        start("futures", this::future);
        start("services", this::service);
        start("scopes", this::scope);
        start("fan-outs", this::fanOut);
        start("trees", this::tree);
        long end = System.nanoTime() + Duration.ofMillis(5 + random.nextInt(50)).toNanos();
        while (System.nanoTime() - end < 0 && failures.isEmpty()) {
            disturb();
            LockSupport.parkNanos(random.nextInt(300_000));
        }
        stop();
        check();
    }

    private void start(String name, SoakLoop.Body body) {
        Thread.Builder builder =
                random.nextBoolean() ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        threads.add(builder.name("shared-" + name).start(() -> {
            TENANT.set(name);
            SoakLoop.run(
                    () -> {
                        try {
                            return body.turn() && !over;
                        } catch (RejectedExecutionException | CancellationException end) {
                            return !over; // the answer of a pool that is full or stopped
                        }
                    },
                    failures);
        }));
    }

    private void disturb() {
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                threads.get(random.nextInt(threads.size())).interrupt();
                tally.interrupts.increment();
            }
            case 2 -> pool.resize(0, 1 + random.nextInt(4)); // perhaps to those alone that wait
            case 3 -> pool.resizeQueue(places + random.nextInt(6));
            default -> {}
        }
    }

    /** A task of some microseconds, which sees what its submitter had, or nothing. */
    private int task(String submitter) throws InterruptedException {
        String tenant = TENANT.get();
        if (tenant != null && !tenant.equals(submitter)) {
            failures.add(new AssertionError("a task of " + submitter + " has the context of " + tenant));
        }
        if (ThreadLocalRandom.current().nextInt(8) == 0) {
            Thread.sleep(Duration.ofNanos(200_000));
        }
        return 1;
    }

    private boolean future() throws InterruptedException {
        FutureTask<Integer> future = new FutureTask<>(() -> task("futures"));
        pool.execute(future);
        futures.add(future);
        if (ThreadLocalRandom.current().nextInt(4) == 0) {
            future.cancel(true);
        }
        await(future);
        return true;
    }

    private void await(Future<?> future) throws InterruptedException {
        try {
            Object unused = future.get(SoakParts.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException end) {
            // an end as well
        } catch (TimeoutException stuck) {
            failures.add(new AssertionError("a future has no end: " + future + ", " + state()));
        }
    }

    private boolean service() throws InterruptedException {
        CompletionService<Integer> service = new ExecutorCompletionService<>(pool);
        int submitted = 0;
        try {
            for (int i = 0; i < 3; i++) {
                futures.add(service.submit(() -> task("services")));
                submitted++;
            }
        } finally {
            for (int i = 0; i < submitted; i++) {
                if (service.poll(SoakParts.PATIENCE.toSeconds(), TimeUnit.SECONDS) == null) {
                    failures.add(new AssertionError("a completion service waits for ever; " + state()));
                }
            }
        }
        return true;
    }

    private boolean scope() throws InterruptedException {
        try (TaskScope<InterruptedException> scope =
                TaskScope.builder().on(pool).deadline(deadline()).failFast()) {
            try {
                for (int i = 0; i < 3; i++) {
                    scope.fork(() -> task("scopes"));
                }
            } finally {
                scope.join();
            }
            tally.scopes.increment();
        }
        return true;
    }

    private boolean fanOut() throws InterruptedException {
        List<Integer> results = FanOut.over(IntStream.range(0, 5).boxed().toList())
                .concurrency(3)
                .on(pool)
                .deadline(deadline())
                .map(i -> task("fan-outs"));
        if (results.size() != 5) {
            throw new AssertionError("a fan-out has " + results.size() + " results");
        }
        tally.fanOuts.increment();
        return true;
    }

    private static Deadline deadline() {
        return ThreadLocalRandom.current().nextInt(4) == 0
                ? Deadline.after(Duration.ofNanos(300_000))
                : Deadline.never();
    }

    /** A task that waits for one of its own. */
    private boolean tree() throws InterruptedException {
        Future<?> parent = pool.submit(() -> {
            TaskOptions options = TaskOptions.named("child")
                    .priority(ThreadLocalRandom.current().nextInt(3))
                    .tenant("trees");
            Future<Integer> child = pool.submit(() -> task("trees"), options);
            futures.add(child);
            return child.get();
        });
        futures.add(parent);
        await(parent);
        return true;
    }

    private void stop() throws Exception {
        over = true;
        switch (random.nextInt(3)) {
            case 0 -> pool.shutdownNow();
            case 1 -> pool.shutdown(Deadline.after(Duration.ofNanos(random.nextInt(2_000_000))));
            default -> pool.shutdown();
        }
        SoakParts.join(threads, this::state);
        SoakParts.awaitEnd(pool, this::state);
    }

    private void check() {
        if (!failures.isEmpty()) {
            throw new AssertionError(state(), failures.peek());
        }
        for (Future<?> future : futures) {
            if (!future.isDone()) {
                throw new AssertionError(future + " has no end; " + state());
            }
            if (future.state() == Future.State.FAILED) {
                Throwable unused = future.exceptionNow(); // or the pool would log it as one that nobody asks for
            }
        }
        PoolMetrics end = pool.metrics();
        long ended = end.completed() + end.cancelled() + end.rejected() + end.discarded() + end.abandoned();
        long left = end.queued() + end.active() + end.workers() + end.blockedSubmitters();
        if (end.submitted() != ended || left != 0) {
            throw new AssertionError(
                    end.submitted() + " submitted, " + ended + " ended, " + left + " left; " + state());
        }
        tally.futures.add(futures.size());
    }

    private String state() {
        return pool + " " + pool.metrics();
    }
}

package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.WorkerPool;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every task has exactly one end, and each key's tasks run in order, over executors that do all that executors may do.
 */
@Timeout(120)
class KeyedExecutorRandomTest {
    private static final int ROUNDS = 200;
    private static final int SUBMITTERS = 4;
    private static final int KEYS = 4;

    private static final class Round {
        final Random random;
        final List<ExecutorService> services = new ArrayList<>();
        final KeyedExecutor<Integer> keyed;
        final String setting;

        final AtomicInteger[] inside = new AtomicInteger[KEYS];
        final int[][] last = new int[KEYS][SUBMITTERS]; // of the thread that holds the key
        final AtomicInteger ran = new AtomicInteger();
        final AtomicInteger rejected = new AtomicInteger();
        final AtomicInteger reported = new AtomicInteger();
        final ConcurrentLinkedQueue<Future<?>> futures = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();

        Round(long seed) {
            random = new Random(seed);
            for (int key = 0; key < KEYS; key++) {
                inside[key] = new AtomicInteger();
            }
            int kind = random.nextInt(7);
            int capacity = 1 + random.nextInt(8);
            int policy = random.nextInt(5);
            setting = "kind " + kind + ", capacity " + capacity + ", policy " + policy;
            keyed = KeyedExecutor.builder(executor(kind))
                    .capacity(capacity)
                    .saturation(
                            switch (policy) {
                                case 0 -> Saturation.block();
                                case 1 -> Saturation.block(Duration.ofNanos(random.nextInt(100_000) + 1));
                                case 2 -> Saturation.callerRuns();
                                case 3 -> Saturation.reject();
                                default -> Saturation.discardOldest();
                            })
                    .failureHandler((task, failure) -> {
                        if (failure instanceof RejectedExecutionException) {
                            reported.incrementAndGet();
                        } else if (!(failure instanceof Expected)) {
                            wrong.add(failure);
                        }
                    })
                    .build();
        }

        private Executor executor(int kind) {
            return switch (kind) {
                case 0 -> service(Executors.newVirtualThreadPerTaskExecutor());
                case 1 -> service(WorkerPool.builder("pool").maxWorkers(2).build());
                case 2 ->
                    service(WorkerPool.builder("pool")
                            .maxWorkers(2)
                            .queueCapacity(1)
                            .saturation(Saturation.callerRuns())
                            .build());
                case 3 -> ForkJoinPool.commonPool();
                case 4 -> Runnable::run;
                case 5 -> service(new ThreadPoolExecutor(2, 2, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(1)));
                default -> flaky(service(Executors.newVirtualThreadPerTaskExecutor()));
            };
        }

        private ExecutorService service(ExecutorService service) {
            services.add(service);
            return service;
        }

        /** Takes, runs at once, takes twice, refuses, drops, refuses what it drops, and refuses what it takes. */
        private static Executor flaky(Executor good) {
            return step -> {
                switch (ThreadLocalRandom.current().nextInt(12)) {
                    case 0 -> step.run();
                    case 1 -> {
                        good.execute(step);
                        good.execute(step);
                    }
                    case 2 -> throw new RejectedExecutionException("refused");
                    case 3 -> ((Future<?>) step).cancel(true);
                    case 4 -> {
                        ((Future<?>) step).cancel(false);
                        throw new RejectedExecutionException("refused");
                    }
                    case 5 -> {
                        good.execute(step);
                        throw new RejectedExecutionException("refused");
                    }
                    default -> good.execute(step);
                }
            };
        }

        private void submitter(int number, Random own) {
            for (int i = 1; i <= 100; i++) {
                int turn = i;
                int key = own.nextInt(KEYS);
                boolean nested = own.nextInt(10) == 0;
                boolean fails = own.nextInt(10) == 0;
                Runnable task = () -> run(key, number, turn, nested, fails);
                try {
                    if (own.nextBoolean()) {
                        keyed.execute(key, task);
                    } else {
                        Future<?> future = keyed.submit(key, task);
                        futures.add(future);
                        if (own.nextInt(3) == 0) {
                            future.cancel(own.nextBoolean());
                        }
                    }
                } catch (RejectedExecutionException e) {
                    rejected.incrementAndGet();
                }
            }
        }

        private void run(int key, int submitter, int turn, boolean nested, boolean fails) {
            try {
                assertEquals(1, inside[key].incrementAndGet(), "two tasks of one key at once");
                assertTrue(last[key][submitter] < turn, "overtaken");
                last[key][submitter] = turn;
                ran.incrementAndGet();
                if (nested) {
                    nest(key);
                }
                inside[key].decrementAndGet();
            } catch (Throwable failure) {
                wrong.add(failure);
            }
            if (fails) {
                throw new Expected();
            }
        }

        private void nest(int key) {
            try {
                keyed.execute(key, ran::incrementAndGet);
            } catch (RejectedExecutionException e) {
                rejected.incrementAndGet();
            }
        }

        void play() throws Exception {
            List<Call<Void>> calls = new ArrayList<>();
            for (int i = 0; i < SUBMITTERS; i++) {
                int number = i;
                Random own = new Random(random.nextLong());
                calls.add(Call.run(() -> submitter(number, own)));
            }
            boolean stops = random.nextInt(4) == 0;
            if (stops) {
                for (ExecutorService service : services) {
                    if (random.nextBoolean()) {
                        service.shutdown();
                    } else {
                        // Or the steps would be noticed after the next garbage collection only.
                        service.shutdownNow().forEach(step -> ((Future<?>) step).cancel(false));
                    }
                }
            }
            for (Call<Void> call : calls) {
                call.result();
            }
            KeyedExecutorFixture.assertAtRest(keyed);
            for (ExecutorService service : services) {
                service.shutdown();
                assertTrue(service.awaitTermination(30, TimeUnit.SECONDS));
            }
            int never = 0;
            for (Future<?> future : futures) {
                assertTrue(future.isDone());
                if (future.state() == Future.State.FAILED
                        && future.exceptionNow() instanceof RejectedExecutionException) {
                    never++;
                }
            }
            KeyedExecutorMetrics m = keyed.metrics();
            assertEquals(List.of(), List.copyOf(wrong));
            assertEquals(ran.get(), m.completed(), m::toString);
            assertEquals(rejected.get(), m.rejected(), m::toString);
            // A future may have been cancelled after it was given up.
            assertTrue(reported.get() + never <= m.abandoned(), m::toString);
            assertTrue(reported.get() + futures.size() >= m.abandoned() + m.cancelled(), m::toString);
        }
    }

    private static final class Expected extends RuntimeException {
        private static final long serialVersionUID = 1;

        Expected() {
            super("expected by this test", null, false, false);
        }
    }

    @Test
    void every_task_has_one_end_and_every_key_its_order() {
        long first = new Random().nextLong();
        for (int i = 0; i < ROUNDS; i++) {
            Round round = new Round(first + i);
            try {
                round.play();
            } catch (Throwable failure) {
                throw new AssertionError(
                        "seed " + (first + i) + ", " + round.setting + ", " + round.keyed.metrics(), failure);
            }
        }
    }
}

package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes wrong elsewhere, there and here. */
@Timeout(60)
class FanOutPitfallsTest {
    private static final Duration SOON = Duration.ofMillis(200);

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    /** The JDK's own, which Java 21 lacks. */
    private static <T, R> Stream<R> mapConcurrent(Stream<T> items, int atOnce, Function<T, R> function) {
        try {
            Method mapConcurrent =
                    Class.forName("java.util.stream.Gatherers").getMethod("mapConcurrent", int.class, Function.class);
            Method gather = Stream.class.getMethod("gather", Class.forName("java.util.stream.Gatherer"));
            @SuppressWarnings("unchecked")
            Stream<R> results = (Stream<R>) gather.invoke(items, mapConcurrent.invoke(null, atOnce, function));
            return results;
        } catch (ClassNotFoundException | NoSuchMethodException older) {
            Assumptions.abort("this JDK has no Gatherers");
        } catch (IllegalAccessException | InvocationTargetException unexpected) {
            throw new AssertionError(unexpected);
        }
        throw new AssertionError();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stop) {
            throw new IllegalStateException(stop);
        }
    }

    /** Not a loop that yields, which may starve other virtual threads. */
    static void awaitUninterruptibly(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException ignored) {
                // by intent
            }
        }
    }

    @Test
    void p33_a_slow_head_holds_up_nobody() throws Exception {
        CountDownLatch others = new CountDownLatch(999);
        List<Integer> results = FanOut.over(numbers(1_000)).concurrency(8).map(i -> {
            if (i == 0) {
                others.await();
            } else {
                others.countDown();
            }
            return i;
        });
        assertEquals(numbers(1_000), results);
    }

    @Test
    void p33_the_jdk_does_seven_of_999_behind_a_slow_head() throws Exception {
        CountDownLatch others = new CountDownLatch(999);
        CountDownLatch head = new CountDownLatch(1);
        Stream<Integer> results = mapConcurrent(numbers(1_000).stream(), 8, i -> {
            if (i == 0) {
                await(head);
            } else {
                others.countDown();
            }
            return i;
        });
        Thread taker = Thread.ofVirtual().start(() -> results.forEach(i -> {}));
        assertFalse(others.await(SOON.toMillis(), TimeUnit.MILLISECONDS));
        assertTrue(others.getCount() >= 999 - 8);
        head.countDown();
        taker.join();
    }

    @Test
    void p33_a_failure_does_not_wait_for_an_earlier_item() {
        CountDownLatch never = new CountDownLatch(1);
        IllegalArgumentException failure = new IllegalArgumentException("second");
        assertSame(
                failure,
                assertThrows(
                        IllegalArgumentException.class,
                        () -> FanOut.over(numbers(9))
                                .concurrency(4)
                                .orderedStream(
                                        i -> {
                                            if (i == 1) {
                                                throw failure;
                                            }
                                            never.await();
                                            return i;
                                        },
                                        Stream::toList)));
    }

    @Test
    void p33_the_jdk_tells_a_failure_only_after_the_items_before_it() throws Exception {
        CountDownLatch head = new CountDownLatch(1);
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        Stream<Integer> results = mapConcurrent(numbers(9).stream(), 4, i -> {
            if (i == 1) {
                throw new IllegalArgumentException("second");
            }
            await(head);
            return i;
        });
        Thread taker = Thread.ofVirtual().start(() -> {
            try {
                results.forEach(i -> {});
            } catch (Throwable failure) {
                told.complete(failure);
            }
        });
        assertThrows(
                java.util.concurrent.TimeoutException.class, () -> told.get(SOON.toMillis(), TimeUnit.MILLISECONDS));
        head.countDown();
        taker.join();
        assertTrue(told.isDone());
    }

    /** Two items, and then it fails, when both run. */
    private static Stream<Integer> failingAfterTwo(CountDownLatch bothRun) {
        AtomicInteger next = new AtomicInteger();
        return Stream.generate(() -> {
            if (next.get() == 2) {
                await(bothRun);
                throw new IllegalStateException("source");
            }
            return next.getAndIncrement();
        });
    }

    @Test
    void p33_a_source_that_fails_leaves_no_task_running() {
        CountDownLatch bothRun = new CountDownLatch(2);
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        assertEquals(
                "source",
                assertThrows(
                                IllegalStateException.class,
                                () -> FanOut.over(failingAfterTwo(bothRun)).map(i -> {
                                    running.incrementAndGet();
                                    bothRun.countDown();
                                    try {
                                        never.await();
                                    } finally {
                                        running.decrementAndGet();
                                    }
                                    return i;
                                }))
                        .getMessage());
        assertEquals(0, running.get());
    }

    @Test
    void p33_the_jdk_leaves_tasks_running_when_the_source_fails() {
        CountDownLatch bothRun = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        Stream<Integer> results = mapConcurrent(failingAfterTwo(bothRun), 8, i -> {
            running.incrementAndGet();
            bothRun.countDown();
            await(end);
            running.decrementAndGet();
            return i;
        });
        assertThrows(IllegalStateException.class, () -> results.forEach(i -> {}));
        assertEquals(2, running.get());
        end.countDown();
    }

    @Test
    void p34_the_winner_is_told_when_no_loser_runs_any_more() throws Exception {
        CountDownLatch loserRuns = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        int winner = FanOut.over(numbers(2)).concurrency(2).firstSuccess(i -> {
            if (i == 0) {
                loserRuns.await();
                return i;
            }
            running.incrementAndGet();
            loserRuns.countDown();
            for (int turns = 0; turns < 1_000; turns++) {
                Thread.yield(); // ignores its interrupt for a while
            }
            running.decrementAndGet();
            return i;
        });
        assertTrue(winner == 0 || winner == 1);
        assertEquals(0, running.get());
    }

    @Test
    void p34_invoke_any_returns_while_a_loser_runs_and_keeps_one_cause() throws Exception {
        CountDownLatch loserRuns = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Integer> loser = () -> {
                running.incrementAndGet();
                loserRuns.countDown();
                awaitUninterruptibly(end);
                running.decrementAndGet();
                return 1;
            };
            Callable<Integer> winner = () -> {
                loserRuns.await();
                return 0;
            };
            assertEquals(0, threads.invokeAny(List.of(loser, winner)));
            assertEquals(1, running.get());
            end.countDown();

            List<Callable<Integer>> failing = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                failing.add(() -> {
                    throw new IllegalStateException();
                });
            }
            ExecutionException told = assertThrows(ExecutionException.class, () -> threads.invokeAny(failing));
            assertEquals(0, told.getSuppressed().length + told.getCause().getSuppressed().length);
        }
        IllegalStateException all = assertThrows(
                IllegalStateException.class,
                () -> FanOut.over(numbers(3)).firstSuccess(i -> {
                    throw new IllegalStateException();
                }));
        assertEquals(1 + 2, all.getSuppressed().length, "the caller's trace and the two others");
    }

    @Test
    void p34_cancelling_a_completable_future_interrupts_nobody_but_a_close_does() {
        CountDownLatch runs = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        CompletableFuture<Void> future = CompletableFuture.runAsync(() -> {
            runs.countDown();
            await(end);
            ended.complete(true);
        });
        await(runs);
        future.cancel(true);
        assertFalse(ended.isDone());
        end.countDown();
        assertTrue(ended.join());

        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch taskRuns = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        try (Stream<Integer> results = FanOut.over(numbers(2)).concurrency(2).stream(i -> {
            if (i == 0) {
                taskRuns.await();
                return i;
            }
            try {
                taskRuns.countDown();
                never.await();
            } catch (InterruptedException cancelled) {
                interrupted.complete(true);
            }
            return i;
        })) {
            assertEquals(0, results.iterator().next());
        }
        assertTrue(interrupted.isDone());
    }

    @Test
    void p35_there_are_no_more_threads_than_the_concurrency() throws Exception {
        AtomicInteger threads = new AtomicInteger();
        int results = FanOut.over(numbers(10_000))
                .concurrency(5)
                .on(task -> {
                    threads.incrementAndGet();
                    Thread.ofVirtual().start(task);
                })
                .map(i -> i)
                .size();
        assertEquals(10_000, results);
        assertTrue(threads.get() <= 5, threads + " threads");
    }

    @Test
    void p35_a_semaphore_taken_inside_the_thread_bounds_no_threads() throws Exception {
        Semaphore five = new Semaphore(5);
        CountDownLatch end = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                five.acquireUninterruptibly();
                await(end);
                five.release();
            }));
        }
        assertEquals(1_000, threads.stream().filter(Thread::isAlive).count());
        end.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void p36_an_endless_source_is_read_as_far_as_somebody_takes_it() throws Exception {
        AtomicInteger read = new AtomicInteger();
        List<Integer> some = FanOut.over(Stream.generate(read::getAndIncrement))
                .concurrency(4)
                .buffer(4)
                .orderedStream(i -> i, results -> results.limit(100).toList());
        assertEquals(numbers(100), some);
        assertTrue(read.get() <= 100 + 8 + 1, read + " were read");
    }

    @Test
    void p36_results_of_an_endless_source_are_not_kept() throws Exception {
        // 8 GB if they were all kept.
        long sum = FanOut.over(Stream.iterate(0, i -> i + 1).limit(800)).concurrency(4).stream(
                i -> new byte[10_000_000],
                results -> results.mapToLong(bytes -> bytes.length).sum());
        assertEquals(8_000_000_000L, sum);
    }

    @Test
    void p37_the_suppressed_are_bounded_and_the_rest_is_counted() {
        CountDownLatch all = new CountDownLatch(100);
        IllegalStateException thrown = assertThrows(
                IllegalStateException.class,
                () -> FanOut.over(numbers(100)).concurrency(100).map(i -> {
                    all.countDown();
                    while (all.getCount() > 0) {
                        LockSupport.parkNanos(20_000); // one that yields may starve those that have not begun
                    }
                    throw new IllegalStateException();
                }));
        assertEquals(1 + 10 + 1, thrown.getSuppressed().length);
        assertEquals("89 more failures", thrown.getSuppressed()[11].getMessage());
    }

    @Test
    void p37_an_error_of_a_task_reaches_the_caller_of_everything() {
        FanOut<Integer> fanOut = FanOut.over(numbers(10)).concurrency(3);
        assertThrows(NoClassDefFoundError.class, () -> fanOut.map(FanOutPitfallsTest::fail));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.forEach(FanOutPitfallsTest::fail));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.firstSuccess(FanOutPitfallsTest::fail));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.quorum(2, FanOutPitfallsTest::fail));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.reduce(0, FanOutPitfallsTest::fail, Integer::sum));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.stream(FanOutPitfallsTest::fail, Stream::toList));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.orderedStream(FanOutPitfallsTest::fail, Stream::toList));
    }

    private static int fail(int item) {
        throw new NoClassDefFoundError();
    }
}

package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the JDK's own means do in the same place, and so what a fan-out is for. */
@Timeout(60)
class FanOutBesideTheJdkTest {
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

    /**
     * Public report: Gatherers.mapConcurrent does seven of 999 items behind a slow head, reports a failure only after
     * the items before it, and leaves tasks running when the source fails.
     */
    @Test
    void the_jdk_does_seven_of_999_behind_a_slow_head() throws Exception {
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

    /**
     * Public report: Gatherers.mapConcurrent does seven of 999 items behind a slow head, reports a failure only after
     * the items before it, and leaves tasks running when the source fails.
     */
    @Test
    void the_jdk_reports_a_failure_only_after_the_items_before_it() throws Exception {
        CountDownLatch head = new CountDownLatch(1);
        CompletableFuture<Throwable> reported = new CompletableFuture<>();
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
                reported.complete(failure);
            }
        });
        assertThrows(
                java.util.concurrent.TimeoutException.class,
                () -> reported.get(SOON.toMillis(), TimeUnit.MILLISECONDS));
        head.countDown();
        taker.join();
        assertTrue(reported.isDone());
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

    /**
     * Public report: Gatherers.mapConcurrent does seven of 999 items behind a slow head, reports a failure only after
     * the items before it, and leaves tasks running when the source fails.
     */
    @Test
    void the_jdk_leaves_tasks_running_when_the_source_fails() {
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

    /**
     * invokeAny returns while a loser still runs and keeps one of three causes; CompletableFuture.cancel interrupts
     * nobody.
     */
    @Test
    void invoke_any_returns_while_a_loser_runs_and_keeps_one_cause() throws Exception {
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
            ExecutionException reported = assertThrows(ExecutionException.class, () -> threads.invokeAny(failing));
            assertEquals(
                    0, reported.getSuppressed().length + reported.getCause().getSuppressed().length);
        }
        IllegalStateException all = assertThrows(
                IllegalStateException.class,
                () -> FanOut.over(numbers(3)).firstSuccess(i -> {
                    throw new IllegalStateException();
                }));
        assertEquals(1 + 2, all.getSuppressed().length, "the caller's trace and the two others");
    }

    /**
     * invokeAny returns while a loser still runs and keeps one of three causes; CompletableFuture.cancel interrupts
     * nobody.
     */
    @Test
    void cancelling_a_completable_future_interrupts_nobody_but_a_close_does() {
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

    /** Public report: a semaphore taken inside the thread bounds no threads (jetty/jetty.project#14330). */
    @Test
    void a_semaphore_taken_inside_the_thread_bounds_no_threads() throws Exception {
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
}

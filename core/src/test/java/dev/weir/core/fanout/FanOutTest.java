package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

@Timeout(60)
class FanOutTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static Iterator<Integer> endless(AtomicInteger read) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                return read.getAndIncrement();
            }
        };
    }

    private static void sleepForEver() throws InterruptedException {
        NEVER.await();
    }

    @Test
    void map_keeps_the_order_of_the_items_from_every_kind_of_source() throws Exception {
        List<Integer> expected =
                IntStream.range(0, 1_000).map(i -> 2 * i).boxed().toList();
        assertEquals(expected, FanOut.over(numbers(1_000)).concurrency(7).map(i -> 2 * i));
        assertEquals(expected, FanOut.over(numbers(1_000).iterator()).map(i -> 2 * i));
        assertEquals(
                expected,
                FanOut.over(Stream.iterate(0, i -> i + 1).limit(1_000)).map(i -> 2 * i));
        assertEquals(
                expected, FanOut.over(numbers(1_000).toArray(Integer[]::new)).map(i -> 2 * i));
        assertEquals(List.of(), FanOut.over(List.<Integer>of()).map(i -> 2 * i));
        assertEquals(
                Arrays.asList(null, "x"), FanOut.over(Arrays.asList("x", null)).map(s -> s == null ? "x" : null));
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        assertEquals(List.of(1, 2), FanOutSnippets.map(List.of("a", "bb")));
        assertThrows(IOException.class, () -> FanOutSnippets.map(List.of("a", "")));
        assertEquals(3, FanOutSnippets.timeout("abc"));
        assertThrows(IOException.class, () -> FanOutSnippets.timeout(""));
    }

    @Test
    void no_more_run_at_once_than_the_concurrency_and_so_many_do() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch five = new CountDownLatch(5);
        FanOut.over(numbers(200)).concurrency(5).forEach(i -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            five.countDown();
            five.await(); // passes only if five run at once
            Thread.yield();
            running.decrementAndGet();
        });
        assertEquals(5, most.get());
    }

    /** Gatherers.mapConcurrent works on seven of 999 items behind a slow head, reports a failure only after the items before
     * it, and leaves tasks running when the source fails. */
    @Test
    void a_slow_head_does_not_hold_up_the_others() throws Exception {
        CountDownLatch others = new CountDownLatch(999);
        List<Integer> results = FanOut.over(numbers(1_000)).concurrency(8).map(i -> {
            if (i == 0) {
                others.await(); // the head ends only when all others have
            } else {
                others.countDown();
            }
            return i;
        });
        assertEquals(numbers(1_000), results);
    }

    @Test
    void failure_of_a_later_item_does_not_wait_for_a_slow_earlier_one_and_joins_it() throws Exception {
        AtomicBoolean interrupted = new AtomicBoolean();
        CountDownLatch headRuns = new CountDownLatch(1);
        IOException failure = new IOException("second");
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> FanOut.over(numbers(100)).concurrency(4).map(i -> {
                            if (i == 0) {
                                headRuns.countDown();
                                try {
                                    sleepForEver();
                                } catch (InterruptedException cancelled) {
                                    interrupted.set(true);
                                    throw cancelled;
                                }
                            }
                            headRuns.await();
                            if (i == 1) {
                                throw failure;
                            }
                            return i;
                        })));
        assertTrue(interrupted.get(), "the call returned after its siblings had ended");
    }

    @Test
    void after_a_failure_no_task_starts_and_none_runs() throws Exception {
        for (int repeat = 0; repeat < 200; repeat++) {
            AtomicInteger running = new AtomicInteger();
            AtomicBoolean over = new AtomicBoolean();
            AtomicBoolean late = new AtomicBoolean();
            assertThrows(
                    IllegalStateException.class,
                    () -> FanOut.over(endless(new AtomicInteger()))
                            .concurrency(4)
                            .forEach(i -> {
                                running.incrementAndGet();
                                late.compareAndSet(false, over.get());
                                try {
                                    if (i == 20) {
                                        throw new IllegalStateException();
                                    }
                                } finally {
                                    running.decrementAndGet();
                                }
                            }));
            over.set(true);
            assertEquals(0, running.get());
            assertFalse(late.get());
        }
    }

    @Test
    void an_error_reaches_the_caller() {
        assertThrows(
                StackOverflowError.class,
                () -> FanOut.over(numbers(3)).map(i -> {
                    throw new StackOverflowError();
                }));
    }

    /** Unbounded lists of suppressed exceptions, and an Error of a child that leaves its parent waiting. */
    @Test
    void failures_of_siblings_are_suppressed_and_bounded_and_the_callers_stack_is_shown() {
        CountDownLatch all = new CountDownLatch(30);
        IOException thrown = assertThrows(
                IOException.class,
                () -> FanOut.over(numbers(30)).concurrency(30).named("probe").map(i -> {
                    all.countDown();
                    while (all.getCount() > 0) {
                        LockSupport.parkNanos(20_000); // one that yields may starve those that have not begun
                    }
                    throw new IOException("item " + i);
                }));
        Throwable[] suppressed = thrown.getSuppressed();
        assertEquals("in probe, called from", suppressed[0].getMessage());
        assertTrue(Arrays.stream(suppressed[0].getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(FanOutTest.class.getName())));
        assertEquals(1 + 10 + 1, suppressed.length);
        assertEquals("19 more failures", suppressed[11].getMessage());
    }

    @Test
    void the_suppressed_of_a_shared_exception_do_not_grow() {
        IllegalStateException shared = new IllegalStateException();
        for (int i = 0; i < 5; i++) {
            assertThrows(
                    IllegalStateException.class,
                    () -> FanOut.over(numbers(3)).map(n -> {
                        throw shared;
                    }));
        }
        assertEquals(1, shared.getSuppressed().length);
    }

    @Test
    void outcomes_tells_every_success_and_failure_in_order() throws Exception {
        IOException odd = new IOException("odd");
        List<Outcome<Integer>> outcomes = FanOut.over(numbers(5)).concurrency(2).outcomes(i -> {
            if (i % 2 == 1) {
                throw odd;
            }
            return i;
        });
        assertEquals(
                List.of(
                        Outcome.success(0),
                        Outcome.failure(odd),
                        Outcome.success(2),
                        Outcome.failure(odd),
                        Outcome.success(4)),
                outcomes);
    }

    @Test
    void a_deadline_tells_apart_what_finished_what_was_cancelled_and_what_never_started() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<List<Outcome<Integer>>> call = new FutureTask<>(() -> FanOut.over(numbers(4))
                .concurrency(1)
                .deadline(Deadline.after(Duration.ofSeconds(5), time))
                .outcomes(i -> {
                    if (i == 2) {
                        time.sleep(Duration.ofHours(1));
                    }
                    return i;
                }));
        Thread.ofVirtual().start(call);
        time.awaitWaiters(2); // the caller at its deadline, and the sleeper
        time.advance(Duration.ofSeconds(5));
        List<Outcome<Integer>> outcomes = call.get();
        assertEquals(Outcome.success(0), outcomes.get(0));
        assertEquals(Outcome.success(1), outcomes.get(1));
        Outcome.Cancelled<?> running = assertInstanceOf(Outcome.Cancelled.class, outcomes.get(2));
        assertTrue(running.started());
        assertInstanceOf(TimeoutException.class, running.cause());
        Outcome.Cancelled<?> waiting = assertInstanceOf(Outcome.Cancelled.class, outcomes.get(3));
        assertFalse(waiting.started());
        assertInstanceOf(TimeoutException.class, waiting.cause());
    }

    @Test
    void map_at_its_deadline_is_cancelled_with_the_timeout_as_cause() {
        CancellationException thrown = assertThrows(
                CancellationException.class,
                () -> FanOut.over(numbers(3))
                        .deadline(Deadline.after(Duration.ZERO))
                        .map(i -> {
                            sleepForEver();
                            return i;
                        }));
        assertInstanceOf(TimeoutException.class, thrown.getCause());
    }

    @Test
    void a_timeout_that_the_function_throws_itself_stays_what_it_is() {
        TimeoutException own = new TimeoutException("own");
        assertSame(
                own,
                assertThrows(
                        TimeoutException.class,
                        () -> FanOut.over(numbers(1)).map(i -> {
                            throw own;
                        })));
    }

    @Test
    void an_item_that_takes_too_long_is_interrupted_and_the_others_go_on() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<List<Outcome<Integer>>> call = new FutureTask<>(() -> FanOut.over(numbers(3))
                .concurrency(1)
                .timeoutEach(Duration.ofSeconds(1))
                .timeSource(time)
                .outcomes(i -> {
                    assertFalse(Thread.currentThread().isInterrupted(), "leaked from the item before");
                    if (i == 1) {
                        slow.countDown();
                        sleepForEver();
                    }
                    return i;
                }));
        Thread.ofVirtual().start(call);
        slow.await();
        time.advance(Duration.ofSeconds(1));
        List<Outcome<Integer>> outcomes = call.get();
        assertEquals(Outcome.success(2), outcomes.get(2));
        Outcome.Cancelled<?> late = assertInstanceOf(Outcome.Cancelled.class, outcomes.get(1));
        assertTrue(late.started());
        assertEquals("item 1 took longer than PT1S", late.cause().getMessage());
    }

    @Test
    void interrupt_before_the_call_starts_nothing() {
        AtomicInteger read = new AtomicInteger();
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class, () -> FanOut.over(endless(read)).map(i -> i));
        assertFalse(Thread.interrupted());
        assertEquals(0, read.get());
    }

    @Test
    void interrupt_of_the_caller_cancels_and_joins() throws Exception {
        CountDownLatch running = new CountDownLatch(3);
        AtomicInteger ended = new AtomicInteger();
        FutureTask<String> call = new FutureTask<>(() -> {
            try {
                FanOut.over(endless(new AtomicInteger())).concurrency(3).forEach(i -> {
                    running.countDown();
                    try {
                        sleepForEver();
                    } finally {
                        ended.incrementAndGet();
                    }
                });
                return "returned";
            } catch (InterruptedException expected) {
                return ended + " ended, status " + Thread.currentThread().isInterrupted();
            }
        });
        Thread caller = Thread.ofPlatform().start(call);
        running.await();
        caller.interrupt();
        assertEquals("3 ended, status false", call.get());
    }

    @Test
    void a_source_that_throws_cancels_what_runs_and_reaches_the_caller() {
        IllegalArgumentException broken = new IllegalArgumentException("source");
        CountDownLatch running = new CountDownLatch(1);
        Iterator<Integer> source = new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                if (next == 1) {
                    assertDoesNotThrow(() -> running.await());
                    throw broken;
                }
                return next++;
            }
        };
        AtomicBoolean joined = new AtomicBoolean();
        assertSame(
                broken,
                assertThrows(
                        IllegalArgumentException.class,
                        () -> FanOut.over(source).map(i -> {
                            running.countDown();
                            try {
                                sleepForEver();
                            } finally {
                                joined.set(true);
                            }
                            return i;
                        })));
        assertTrue(joined.get());
    }

    @Test
    void a_source_that_blocks_is_interrupted_when_the_call_is_cancelled() {
        SynchronousQueue<Integer> queue = new SynchronousQueue<>();
        Iterator<Integer> source = new Iterator<>() {
            private boolean first = true;

            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                if (first) {
                    first = false;
                    return 0;
                }
                try {
                    return queue.take();
                } catch (InterruptedException stop) {
                    throw new IllegalStateException(stop);
                }
            }
        };
        assertThrows(
                IOException.class,
                () -> FanOut.over(source).concurrency(2).map(i -> {
                    throw new IOException();
                }));
    }

    @Test
    void items_are_read_only_when_somebody_takes_them() {
        AtomicInteger read = new AtomicInteger();
        assertThrows(
                IOException.class,
                () -> FanOut.over(endless(read)).concurrency(3).map(i -> {
                    if (i == 50) {
                        throw new IOException();
                    }
                    if (i > 50) {
                        sleepForEver(); // the others do not go on while the one that fails is about to
                    }
                    return i;
                }));
        assertTrue(read.get() <= 50 + 3, read + " read ahead");
    }

    @Test
    void an_executor_that_rejects_some_workers_leaves_the_work_to_the_others() throws Exception {
        try (ThreadPoolExecutor two = new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES, new SynchronousQueue<>())) {
            assertEquals(
                    numbers(500),
                    FanOut.over(numbers(500)).concurrency(8).on(two).map(i -> i));
        }
    }

    @Test
    void an_executor_that_rejects_all_workers_fails_the_call() {
        ExecutorService closed = Executors.newSingleThreadExecutor();
        closed.shutdown();
        assertThrows(
                RejectedExecutionException.class,
                () -> FanOut.over(numbers(3)).on(closed).map(i -> i));
    }

    @Test
    void an_executor_that_runs_in_the_caller_works_too() throws Exception {
        assertEquals(
                numbers(100),
                FanOut.over(numbers(100)).concurrency(4).on(Runnable::run).map(i -> i));
    }

    @Test
    void neither_interrupt_nor_logging_context_leaks_between_items_or_into_the_executor() throws Exception {
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            List<Boolean> clean = new ArrayList<>();
            FanOut.over(numbers(10)).concurrency(1).on(one).forEach(i -> {
                clean.add(!Thread.currentThread().isInterrupted());
                Thread.currentThread().interrupt();
            });
            clean.add(one.submit(() -> !Thread.currentThread().isInterrupted()).get());
            assertEquals(11, clean.size());
            assertFalse(clean.contains(false));

            MDC.put("request", "42");
            assertEquals(List.of("42"), FanOut.over(numbers(1)).on(one).map(i -> MDC.get("request")));
            MDC.remove("request");
            assertNull(one.submit(() -> MDC.get("request")).get());
        }
    }

    @Test
    void bad_arguments_are_refused_when_they_are_given() {
        FanOut<Integer> fanOut = FanOut.over(numbers(1));
        assertEquals(
                "concurrency must be at least 1, but is 0",
                assertThrows(IllegalArgumentException.class, () -> fanOut.concurrency(0))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> fanOut.timeoutEach(Duration.ZERO));
        assertThrows(NullPointerException.class, () -> fanOut.on(null));
        assertThrows(NullPointerException.class, () -> fanOut.deadline(null));
        assertThrows(NullPointerException.class, () -> fanOut.named(null));
        assertThrows(NullPointerException.class, () -> fanOut.map(null));
        assertThrows(NullPointerException.class, () -> FanOut.over((List<Integer>) null));
    }

    /** Two items, and then it fails, when both run. */
    private static Stream<Integer> failingAfterTwo(CountDownLatch bothRun) {
        AtomicInteger next = new AtomicInteger();
        return Stream.generate(() -> {
            if (next.get() == 2) {
                try {
                    bothRun.await();
                } catch (InterruptedException stop) {
                    throw new IllegalStateException(stop);
                }
                throw new IllegalStateException("source");
            }
            return next.getAndIncrement();
        });
    }

    /** Gatherers.mapConcurrent works on seven of 999 items behind a slow head, reports a failure only after the items before
     * it, and leaves tasks running when the source fails. */
    @Test
    void a_source_that_fails_leaves_no_task_running() {
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
}

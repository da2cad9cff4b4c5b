package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** Which threads do the work, what they carry, and who is reported of it. */
@Timeout(60)
class FanOutThreadsTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @Test
    void a_thread_per_item_has_the_thread_locals_of_no_other_item() throws Exception {
        ThreadLocal<Integer> left = new ThreadLocal<>();
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        List<Integer> found = FanOut.over(numbers(500))
                .concurrency(4)
                .threadPerItem()
                .map(i -> {
                    threads.add(Thread.currentThread());
                    Integer before = left.get();
                    left.set(i);
                    return before;
                });
        assertTrue(found.stream().allMatch(before -> before == null));
        assertEquals(500, threads.size());
    }

    @Test
    void a_thread_per_item_keeps_the_bound_and_the_failures() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        FanOut.over(numbers(1_000).iterator()).concurrency(3).threadPerItem().forEach(i -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.yield();
            running.decrementAndGet();
        });
        assertTrue(most.get() <= 3);
        assertThrows(
                IllegalStateException.class,
                () -> FanOut.over(numbers(100)).threadPerItem().map(i -> {
                    throw new IllegalStateException();
                }));
    }

    @Test
    void a_thread_per_item_on_an_executor_that_runs_in_the_caller_goes_on_there() throws Exception {
        assertEquals(
                numbers(10_000),
                FanOut.over(numbers(10_000)).threadPerItem().on(Runnable::run).map(i -> i));
    }

    @Test
    void a_thread_per_item_on_a_single_thread_is_a_task_per_item() throws Exception {
        AtomicInteger tasks = new AtomicInteger();
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            List<Integer> results = FanOut.over(numbers(100))
                    .concurrency(1)
                    .threadPerItem()
                    .on(task -> {
                        tasks.incrementAndGet();
                        one.execute(task);
                    })
                    .orderedStream(i -> i, all -> all.toList());
            assertEquals(numbers(100), results);
        }
        assertTrue(tasks.get() >= 100);
    }

    @Test
    void an_executor_that_fails_later_leaves_the_work_to_the_others_and_is_logged() throws Exception {
        try (CapturedLog log = CapturedLog.of(FanOut.class)) {
            AtomicInteger handed = new AtomicInteger();
            Executor weak = task -> {
                if (handed.incrementAndGet() > 2) {
                    throw new OutOfMemoryError("no native thread");
                }
                Thread.ofVirtual().start(task);
            };
            assertEquals(
                    numbers(300),
                    FanOut.over(numbers(300)).concurrency(9).on(weak).map(i -> i));
            assertTrue(log.lines().stream().allMatch(line -> line.startsWith("ERROR fan-out cannot start another")));
            assertFalse(log.lines().isEmpty());
        }
    }

    @Test
    void the_logging_context_of_one_item_is_not_that_of_the_next() throws Exception {
        List<String> seen = FanOut.over(numbers(50)).concurrency(1).map(i -> {
            String before = MDC.get("item");
            MDC.put("item", "left over");
            return before;
        });
        assertTrue(seen.stream().allMatch(before -> before == null));
        MDC.put("item", "the caller's");
        try {
            assertEquals(
                    Set.of("the caller's"),
                    Set.copyOf(FanOut.over(numbers(50)).concurrency(2).map(i -> {
                        String before = MDC.get("item");
                        MDC.clear();
                        return before;
                    })));
            assertEquals("the caller's", MDC.get("item"));
        } finally {
            MDC.remove("item");
        }
    }

    @Test
    void the_logging_context_of_a_caller_that_does_the_work_is_what_it_was() throws Exception {
        MDC.put("mine", "1");
        try {
            FanOut.over(numbers(3)).on(Runnable::run).forEach(i -> MDC.put("mine", "2"));
            assertEquals("1", MDC.get("mine"));
        } finally {
            MDC.remove("mine");
        }
        FanOut.over(numbers(3)).on(Runnable::run).forEach(i -> MDC.put("mine", "2"));
        assertNull(MDC.get("mine"));
    }

    @Test
    void an_interrupt_of_a_caller_that_does_the_work_is_the_callers() {
        List<Integer> done = new ArrayList<>();
        assertThrows(
                InterruptedException.class,
                () -> FanOut.over(numbers(10)).on(Runnable::run).outcomes(i -> {
                    done.add(i);
                    Thread.currentThread().interrupt();
                    return i;
                }));
        assertEquals(List.of(0), done);
        assertFalse(Thread.interrupted());
    }

    @Test
    void a_timeout_in_a_caller_that_does_the_work_is_not_the_callers_interrupt() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch runs = new CountDownLatch(1);
        FutureTask<List<Integer>> call = new FutureTask<>(() -> FanOut.over(numbers(3))
                .on(Runnable::run)
                .timeoutEach(Duration.ofSeconds(1))
                .timeSource(time)
                .outcomes(i -> {
                    if (i == 1) {
                        runs.countDown();
                        NEVER.await();
                    }
                    return i;
                })
                .stream()
                .map(outcome -> outcome.orElse(-1))
                .toList());
        Thread.ofVirtual().start(call);
        runs.await();
        time.advance(Duration.ofSeconds(1));
        assertEquals(List.of(0, -1, 2), call.get());
    }

    @Test
    void a_caller_that_does_the_work_is_interrupted_at_the_deadline() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch runs = new CountDownLatch(1);
        FutureTask<List<Outcome<Integer>>> call = new FutureTask<>(() -> FanOut.over(numbers(2))
                .on(Runnable::run)
                .deadline(Deadline.after(Duration.ofSeconds(5), time))
                .outcomes(i -> {
                    runs.countDown();
                    NEVER.await();
                    return i;
                }));
        Thread.ofVirtual().start(call);
        runs.await();
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(5));
        assertEquals(
                List.of(true, false),
                call.get().stream()
                        .map(outcome -> ((Outcome.Cancelled<?>) outcome).started())
                        .toList());
    }

    @Test
    void a_task_that_ignores_its_interrupt_is_waited_for_and_named_in_the_log() throws Exception {
        try (CapturedLog log = CapturedLog.of(FanOut.class)) {
            CountDownLatch otherRuns = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            AtomicInteger running = new AtomicInteger();
            AtomicReference<Thread> stubborn = new AtomicReference<>();
            FutureTask<Void> call = new FutureTask<>(() -> {
                FanOut.over(numbers(2))
                        .concurrency(2)
                        .named("stubborn")
                        .patience(Duration.ofMillis(20))
                        .forEach(i -> {
                            running.incrementAndGet();
                            if (i == 0) {
                                otherRuns.await();
                                running.decrementAndGet();
                                throw new IllegalStateException("stop");
                            }
                            stubborn.set(Thread.currentThread());
                            otherRuns.countDown();
                            awaitUninterruptibly(end);
                            running.decrementAndGet();
                        });
                return null;
            });
            Thread caller = Thread.ofPlatform().start(call);
            otherRuns.await();
            Eventually.await().until(() -> warningsOf(stubborn.get(), log) > 0);
            assertFalse(call.isDone());
            assertEquals(1, running.get());
            end.countDown();
            caller.join();
            assertEquals(0, running.get());
            assertEquals(1, warningsOf(stubborn.get(), log), () -> log.lines().toString());
            // The worker of the item that failed may have been on its way out.
            assertTrue(log.lines().size() <= 2, () -> log.lines().toString());
        }
    }

    private static long warningsOf(Thread stubborn, CapturedLog log) {
        String start = "WARN stubborn waits for a task that ignores its interrupt, in VirtualThread[#"
                + stubborn.threadId() + ",";
        return log.lines().stream().filter(line -> line.startsWith(start)).count();
    }

    @Test
    void progress_is_reported_in_order_and_to_the_end() throws Exception {
        List<FanOutProgress> reported = new ArrayList<>(); // one thread at a time, and each sees what the others did
        FanOut.over(numbers(3_000)).concurrency(8).progress(reported::add).outcomes(i -> {
            if (i % 3 == 0) {
                throw new IllegalStateException();
            }
            return i;
        });
        assertEquals(new FanOutProgress(0, 3_000, 1_000, 3_000), reported.getLast());
        for (int i = 1; i < reported.size(); i++) {
            assertTrue(reported.get(i - 1).done() <= reported.get(i).done());
            assertTrue(reported.get(i - 1).failed() <= reported.get(i).failed());
        }
        reported.clear();
        FanOut.over(numbers(1).iterator()).progress(reported::add).map(i -> i);
        assertEquals(List.of(new FanOutProgress(0, 1, 0, -1)), reported);
    }

    @Test
    void progress_says_how_many_items_run() throws Exception {
        CountDownLatch bothRun = new CountDownLatch(2);
        CountDownLatch reported = new CountDownLatch(1);
        List<FanOutProgress> reports = new CopyOnWriteArrayList<>();
        FanOut.over(numbers(3))
                .concurrency(3)
                .progress(progress -> {
                    reports.add(progress);
                    reported.countDown();
                })
                .map(i -> {
                    if (i == 0) {
                        bothRun.await();
                    } else {
                        bothRun.countDown();
                        reported.await();
                    }
                    return i;
                });
        assertEquals(new FanOutProgress(2, 1, 0, 3), reports.getFirst());
        assertEquals(new FanOutProgress(0, 3, 0, 3), reports.getLast());
    }

    @Test
    void a_listener_that_throws_is_logged_and_harms_nobody() throws Exception {
        try (CapturedLog log = CapturedLog.of(FanOut.class)) {
            List<Integer> results = FanOut.over(numbers(2))
                    .concurrency(1)
                    .progress(progress -> {
                        throw new IllegalStateException();
                    })
                    .map(i -> i);
            assertEquals(numbers(2), results);
            assertEquals(
                    List.of("ERROR a listener of progress failed", "ERROR a listener of progress failed"), log.lines());
        }
    }

    @Test
    void a_slow_item_keeps_none_of_those_that_were_read_with_it() throws Exception {
        int count = 20_000;
        for (int slow : new int[] {10, 5_000, 19_000}) {
            CountDownLatch others = new CountDownLatch(count - 1);
            List<Integer> results = FanOut.over(numbers(count)).concurrency(2).map(i -> {
                if (i == slow) {
                    others.await(); // ends only when all others have
                } else {
                    others.countDown();
                }
                return i;
            });
            assertEquals(numbers(count), results);
        }
    }

    @Test
    void the_executor_must_not_reject_the_first_worker_of_a_stream_either() {
        assertThrows(
                RejectedExecutionException.class,
                () -> FanOut.over(numbers(3))
                        .on(task -> {
                            throw new RejectedExecutionException();
                        })
                        .stream(i -> i, results -> results.count()));
    }

    /** Public report: a semaphore taken inside the thread bounds no threads (jetty/jetty.project#14330). */
    @Test
    void there_are_no_more_threads_than_the_concurrency() throws Exception {
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

    /** Not a loop that yields, which may starve other virtual threads. */
    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException ignored) {
                // by intent
            }
        }
    }
}

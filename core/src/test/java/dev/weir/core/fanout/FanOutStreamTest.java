package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FanOutStreamTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static Stream<Integer> endless() {
        return Stream.iterate(0, i -> i + 1);
    }

    /** Counts what runs, and what was ever begun. */
    private static final class Tasks {
        final AtomicInteger begun = new AtomicInteger();
        final AtomicInteger running = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();

        int quick(int item) {
            begun.incrementAndGet();
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.yield();
            running.decrementAndGet();
            return item;
        }

        int endless(int item) throws InterruptedException {
            begun.incrementAndGet();
            running.incrementAndGet();
            try {
                NEVER.await();
            } finally {
                running.decrementAndGet();
            }
            return item;
        }
    }

    @Test
    void the_documentation_is_right() throws Exception {
        assertEquals(Set.of(1, 2, 3), new HashSet<>(FanOutSnippets.stream(List.of("a", "bb", "ccc"))));
        assertEquals(5_000_000, FanOutSnippets.range());
    }

    @Test
    void a_stream_has_every_result_once() throws Exception {
        for (int concurrency : new int[] {1, 3, 64}) {
            for (int buffer : new int[] {0, 1, 100}) {
                FanOut<Integer> fanOut =
                        FanOut.over(numbers(2_000)).concurrency(concurrency).buffer(buffer);
                List<Integer> unordered = fanOut.stream(i -> i, results -> results.toList());
                assertEquals(2_000, unordered.size());
                assertEquals(Set.copyOf(numbers(2_000)), Set.copyOf(unordered));
                assertEquals(numbers(2_000), fanOut.orderedStream(i -> i, results -> results.toList()));
            }
        }
    }

    @Test
    void an_ordered_stream_keeps_the_order_while_tasks_overtake_each_other() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        assertEquals(
                List.of(0, 1, 2),
                FanOut.over(numbers(3))
                        .concurrency(3)
                        .orderedStream(
                                i -> {
                                    if (i == 0) {
                                        second.await();
                                    } else if (i == 1) {
                                        second.countDown();
                                    }
                                    return i;
                                },
                                results -> results.toList()));
    }

    @Test
    void a_stream_gives_what_is_done_while_an_earlier_item_runs() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        List<Integer> order = FanOut.over(numbers(2)).concurrency(2).stream(
                i -> {
                    if (i == 0) {
                        seen.await();
                    }
                    return i;
                },
                results -> results.peek(i -> seen.countDown()).toList());
        assertEquals(List.of(1, 0), order);
    }

    @Test
    void results_may_be_null() throws Exception {
        List<String> all = FanOut.over(numbers(2)).orderedStream(i -> i == 0 ? null : "x", results -> results.toList());
        assertEquals(java.util.Arrays.asList(null, "x"), all);
    }

    @Test
    void nothing_is_read_before_the_first_pull() {
        AtomicInteger read = new AtomicInteger();
        try (Stream<Integer> results = FanOut.over(endless().peek(i -> read.incrementAndGet())).stream(i -> i)) {
            assertEquals(0, read.get());
            assertEquals(3, results.limit(3).count());
        }
        assertTrue(read.get() > 0);
    }

    @Test
    void a_taker_that_stops_early_cancels_and_joins_the_rest() throws Exception {
        for (int repeat = 0; repeat < 100; repeat++) {
            Tasks tasks = new Tasks();
            int first = FanOut.over(endless()).concurrency(4).stream(
                    i -> i == 0 ? i : tasks.endless(i),
                    results -> results.findFirst().orElseThrow());
            assertEquals(0, first);
            assertEquals(0, tasks.running.get());
        }
    }

    @Test
    void a_taker_that_throws_cancels_and_joins_the_rest() {
        Tasks tasks = new Tasks();
        IOException own = new IOException("disk full");
        assertSame(
                own,
                assertThrows(
                        IOException.class,
                        () -> FanOut.over(endless()).concurrency(4).stream(
                                i -> i == 0 ? i : tasks.endless(i), results -> {
                                    results.iterator().next();
                                    throw own;
                                })));
        assertEquals(0, tasks.running.get());
    }

    @Test
    void an_early_close_cancels_and_joins() {
        for (int repeat = 0; repeat < 100; repeat++) {
            Tasks tasks = new Tasks();
            AtomicReference<InterruptedException> interrupt = new AtomicReference<>();
            try (Stream<Integer> results = FanOut.over(endless()).concurrency(3).stream(i -> {
                if (i == 0) {
                    return i;
                }
                try {
                    return tasks.endless(i);
                } catch (InterruptedException cancelled) {
                    interrupt.set(cancelled);
                    throw cancelled;
                }
            })) {
                assertEquals(0, results.iterator().next());
                Eventually.await().pollDelay(Duration.ZERO).until(() -> tasks.running.get() > 0);
            }
            assertEquals(0, tasks.running.get());
            assertTrue(interrupt.get() != null);
        }
    }

    @Test
    void a_close_from_another_thread_ends_a_pull() throws Exception {
        Tasks tasks = new Tasks();
        Stream<Integer> results = FanOut.over(endless()).concurrency(2).stream(tasks::endless);
        FutureTask<Integer> pull = new FutureTask<>(() -> results.iterator().next());
        Thread.ofVirtual().start(pull);
        Eventually.await().until(() -> tasks.running.get() == 2);
        results.close();
        assertEquals(0, tasks.running.get());
        Throwable thrown = assertThrows(java.util.concurrent.ExecutionException.class, pull::get)
                .getCause();
        assertInstanceOf(CancellationException.class, thrown);
    }

    @Test
    void closed_before_it_is_pulled_it_runs_nothing() {
        Tasks tasks = new Tasks();
        ResultSpliterator<Integer> results = spliterator(tasks);
        results.close();
        assertThrows(CancellationException.class, () -> results.tryAdvance(i -> {}));
        assertEquals(0, tasks.begun.get());
    }

    private static ResultSpliterator<Integer> spliterator(Tasks tasks) {
        FanOutSettings settings = new FanOutSettings();
        settings.concurrency = 2;
        settings.buffer = 2;
        ResultRing<Integer, Integer> ring = new ResultRing<>(true, settings);
        return new ResultSpliterator<>(ring, false, () -> new FanOutRun<>(numbers(10), settings, tasks::quick, ring));
    }

    @Test
    void a_task_cannot_close_its_own_stream() {
        AtomicReference<Stream<Integer>> own = new AtomicReference<>();
        try (Stream<Integer> results = FanOut.over(numbers(1)).stream(i -> {
            own.get().close();
            return i;
        })) {
            own.set(results);
            assertEquals(
                    "a task cannot close the stream that waits for it",
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> results.iterator().next())
                            .getMessage());
        }
    }

    @Test
    void no_more_run_or_wait_than_the_concurrency_and_the_buffer() {
        for (boolean ordered : new boolean[] {false, true}) {
            Tasks tasks = new Tasks();
            FanOut<Integer> fanOut = FanOut.over(endless()).concurrency(3).buffer(2);
            try (Stream<Integer> results = ordered ? fanOut.orderedStream(tasks::quick) : fanOut.stream(tasks::quick)) {
                Iterator<Integer> each = results.iterator();
                each.next();
                Eventually.await().until(() -> tasks.begun.get() == 1 + 5 && tasks.running.get() == 0);
                for (int i = 0; i < 10; i++) {
                    each.next();
                }
                Eventually.await().until(() -> tasks.begun.get() == 11 + 5 && tasks.running.get() == 0);
            }
            assertTrue(tasks.most.get() <= 3);
        }
    }

    @Test
    void no_more_run_at_once_than_the_concurrency_when_the_taker_is_quick() throws Exception {
        Tasks tasks = new Tasks();
        FanOut.over(numbers(5_000)).concurrency(3).stream(tasks::quick, results -> results.count());
        assertEquals(5_000, tasks.begun.get());
        assertTrue(tasks.most.get() <= 3);
    }

    @Test
    void the_failure_of_a_task_reaches_the_caller_with_its_own_type_and_at_once() {
        Tasks tasks = new Tasks();
        IOException failure = new IOException("second");
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> FanOut.over(endless())
                                .concurrency(4)
                                .orderedStream(
                                        i -> {
                                            if (i == 1) {
                                                throw failure;
                                            }
                                            return tasks.endless(i);
                                        },
                                        results -> results.count())));
        assertEquals(0, tasks.running.get());
        assertEquals("in fan-out, called from", failure.getSuppressed()[0].getMessage());
    }

    @Test
    void a_stream_without_a_taker_throws_what_the_task_threw() {
        IllegalStateException failure = new IllegalStateException();
        try (Stream<Integer> results = FanOut.over(numbers(3)).stream(i -> {
            throw failure;
        })) {
            assertSame(failure, assertThrows(IllegalStateException.class, () -> results.toList()));
        }
        try (Stream<Integer> results = FanOut.over(numbers(3)).stream(i -> {
            throw new StackOverflowError();
        })) {
            assertThrows(StackOverflowError.class, () -> results.toList());
        }
    }

    @Test
    void a_checked_exception_that_a_source_hides_from_the_compiler_is_wrapped() {
        IOException hidden = new IOException();
        try (Stream<Integer> results =
                FanOut.over(Stream.generate(() -> FanOutStreamTest.<Integer>hide(hidden))).stream(i -> i)) {
            assertSame(
                    hidden,
                    assertThrows(CompletionException.class, results::toList).getCause());
        }
    }

    private static <T> T hide(Throwable failure) {
        FanOutStreamTest.<RuntimeException>throwAny(failure);
        return null;
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> void throwAny(Throwable failure) throws X {
        throw (X) failure;
    }

    @Test
    void interrupt_of_the_thread_that_pulls_cancels_and_joins() throws Exception {
        Tasks tasks = new Tasks();
        FutureTask<String> plain = new FutureTask<>(() -> {
            try (Stream<Integer> results = FanOut.over(endless()).concurrency(2).stream(tasks::endless)) {
                return assertThrows(CancellationException.class, () -> results.findAny()) + " with status "
                        + Thread.interrupted();
            }
        });
        interruptWhenRunning(tasks, plain);
        assertTrue(plain.get().endsWith("with status true"), plain.get());

        FutureTask<String> scoped = new FutureTask<>(() -> {
            assertThrows(
                    InterruptedException.class,
                    () -> FanOut.over(endless()).concurrency(2).stream(tasks::endless, results -> results.count()));
            return "status " + Thread.interrupted();
        });
        interruptWhenRunning(tasks, scoped);
        assertEquals("status false", scoped.get());
    }

    private static void interruptWhenRunning(Tasks tasks, FutureTask<?> call) throws Exception {
        Thread thread = Thread.ofVirtual().start(call);
        Eventually.await().until(() -> tasks.running.get() == 2);
        thread.interrupt();
        call.get();
        assertEquals(0, tasks.running.get());
    }

    @Test
    void interrupted_before_the_call_nothing_is_read() {
        AtomicInteger read = new AtomicInteger();
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class,
                () -> FanOut.over(endless().peek(i -> read.incrementAndGet())).stream(i -> i, Stream::count));
        assertFalse(Thread.interrupted());
        assertEquals(0, read.get());
    }

    @Test
    void the_deadline_ends_the_stream_even_while_nobody_pulls() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Tasks tasks = new Tasks();
        try (Stream<Integer> results =
                FanOut.over(endless()).concurrency(2).deadline(Deadline.after(Duration.ofSeconds(5), time)).stream(
                        i -> i == 0 ? i : tasks.endless(i))) {
            Iterator<Integer> each = results.iterator();
            assertEquals(0, each.next());
            Eventually.await().until(() -> tasks.running.get() == 2);
            time.awaitWaiters(1);
            time.advance(Duration.ofSeconds(5));
            Eventually.await().until(() -> tasks.running.get() == 0);
            Throwable thrown = assertThrows(CancellationException.class, each::next);
            assertInstanceOf(TimeoutException.class, thrown.getCause());
        }
    }

    @Test
    void a_source_that_throws_ends_the_stream_after_it_has_joined() {
        Tasks tasks = new Tasks();
        Iterator<Integer> three = numbers(3).iterator();
        Stream<Integer> broken = Stream.generate(three::next);
        assertThrows(
                java.util.NoSuchElementException.class,
                () -> FanOut.over(broken).concurrency(5).stream(tasks::endless, Stream::count));
        assertEquals(0, tasks.running.get());
    }

    @Test
    void an_executor_that_runs_in_the_thread_that_pulls_is_refused() {
        assertThrows(
                RejectedExecutionException.class,
                () -> FanOut.over(numbers(3)).on(Runnable::run).stream(i -> i, Stream::count));
    }

    @Test
    void streams_within_streams_keep_their_failures_apart() throws Exception {
        IOException inner = new IOException("inner");
        assertSame(
                inner,
                assertThrows(
                        IOException.class,
                        () -> FanOut.over(numbers(3)).concurrency(2).stream(
                                i -> FanOut.over(numbers(3)).<Integer, Long, IOException, RuntimeException>stream(
                                        j -> {
                                            throw inner;
                                        },
                                        Stream::count),
                                Stream::count)));
        long pairs = FanOut.over(numbers(10)).stream(
                i -> i,
                results -> results.flatMap(i -> FanOut.over(numbers(10)).stream(j -> j))
                        .count());
        assertEquals(100, pairs);
    }

    @Test
    void a_parallel_stream_is_sequential_all_the_same() throws Exception {
        List<Integer> all = FanOut.over(numbers(500))
                .orderedStream(i -> i, results -> results.parallel().toList());
        assertEquals(numbers(500), all);
    }

    /**
     * Public report: Gatherers.mapConcurrent does seven of 999 items behind a slow head, reports a failure only after
     * the items before it, and leaves tasks running when the source fails.
     */
    @Test
    void a_failure_does_not_wait_for_an_earlier_item() {
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

    /** Public report: where all inputs are listed before the first starts, there is no endless source. */
    @Test
    void an_endless_source_is_read_as_far_as_somebody_takes_it() throws Exception {
        AtomicInteger read = new AtomicInteger();
        List<Integer> some = FanOut.over(Stream.generate(read::getAndIncrement))
                .concurrency(4)
                .buffer(4)
                .orderedStream(i -> i, results -> results.limit(100).toList());
        assertEquals(numbers(100), some);
        assertTrue(read.get() <= 100 + 8 + 1, read + " were read");
    }

    /** Public report: where all inputs are listed before the first starts, there is no endless source. */
    @Test
    @Timeout(240) // gigabytes are cleared
    void results_of_an_endless_source_are_not_kept() throws Exception {
        // 8 GB if they were all kept.
        long sum = FanOut.over(Stream.iterate(0, i -> i + 1).limit(800)).concurrency(4).stream(
                i -> new byte[10_000_000],
                results -> results.mapToLong(bytes -> bytes.length).sum());
        assertEquals(8_000_000_000L, sum);
    }

    private static void abandon(Set<Thread> workers) {
        assertTrue(FanOut.over(Stream.iterate(0, i -> i + 1)).concurrency(2).named("pages").stream(i -> {
                    workers.add(Thread.currentThread());
                    return i;
                })
                .findFirst()
                .isPresent());
    }

    @Test
    void a_stream_that_is_forgotten_lets_its_workers_go_and_is_logged() throws Exception {
        Set<Thread> workers = ConcurrentHashMap.newKeySet();
        try (CapturedLog log = CapturedLog.of(FanOut.class)) {
            abandon(workers);
            Eventually.await().until(() -> {
                System.gc();
                return !log.lines().isEmpty();
            });
            assertEquals(
                    List.of("ERROR a stream of pages was neither closed nor pulled to its end; its call is cancelled"),
                    log.lines());
        }
        for (Thread worker : workers) {
            worker.join();
        }
    }

    @Test
    void a_stream_can_be_closed_while_its_source_is_asked_for_its_iterator() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        Iterable<Integer> slow = () -> {
            asked.countDown();
            if (!Call.uninterrupted(() -> closed.await(20, TimeUnit.SECONDS))) {
                throw new AssertionError("the close waits for the source");
            }
            return List.of(1, 2, 3).iterator();
        };
        Stream<Integer> stream = FanOut.over(slow).stream(item -> begun.incrementAndGet());
        Call<Optional<Integer>> pull = Call.start(stream::findFirst);
        asked.await();
        stream.close();
        closed.countDown();
        assertEquals("the stream was closed", pull.failure().getMessage());
        assertEquals(0, begun.get());
    }

    @Test
    void a_source_may_close_the_stream_that_asks_it_for_its_iterator() {
        List<Stream<Integer>> streams = new ArrayList<>();
        AtomicInteger begun = new AtomicInteger();
        Iterable<Integer> closing = () -> {
            streams.getFirst().close();
            return List.of(1, 2, 3).iterator();
        };
        streams.add(FanOut.over(closing).stream(item -> begun.incrementAndGet()));
        assertThrows(CancellationException.class, () -> streams.getFirst().findFirst());
        assertEquals(0, begun.get());
    }
}

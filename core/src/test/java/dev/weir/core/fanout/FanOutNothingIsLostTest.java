package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Failures, and items of a source, that could get lost when a call is stopped. */
@Timeout(60)
class FanOutNothingIsLostTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private final AtomicInteger running = new AtomicInteger();

    private int brokenByItsInterrupt(int item) {
        running.incrementAndGet();
        try {
            NEVER.await();
            return item;
        } catch (InterruptedException stop) {
            throw new StackOverflowError("item " + item);
        }
    }

    private static List<String> suppressedBy(Throwable thrown) {
        return Arrays.stream(thrown.getSuppressed()).map(Throwable::getMessage).toList();
    }

    @Test
    void a_taker_that_catches_the_end_of_its_stream_hides_no_failure() {
        IOException failure = new IOException("of a task");
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> FanOut.over(List.of(1, 2, 3)).stream(
                                item -> {
                                    throw failure;
                                },
                                stream -> {
                                    try {
                                        return stream.toList();
                                    } catch (RuntimeException ended) {
                                        return List.of();
                                    }
                                })));
    }

    @Test
    void a_taker_that_wraps_the_end_of_its_stream_hides_no_failure() {
        IOException failure = new IOException("of a task");
        IllegalStateException wrapped = new IllegalStateException("of the taker");
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> FanOut.over(List.of(1, 2, 3))
                                .orderedStream(
                                        item -> {
                                            throw failure;
                                        },
                                        stream -> {
                                            try {
                                                return stream.toList();
                                            } catch (RuntimeException ended) {
                                                throw wrapped;
                                            }
                                        })));
        assertTrue(
                suppressedBy(failure).contains("of the taker"),
                () -> suppressedBy(failure).toString());
    }

    @Test
    void a_taker_that_closes_its_own_stream_and_goes_on_returns_what_it_has() throws Exception {
        assertEquals("closed", FanOut.over(List.of(1, 2, 3)).stream(item -> item, stream -> {
            Iterator<Integer> results = stream.iterator();
            results.next();
            stream.close();
            assertThrows(RuntimeException.class, () -> {
                while (results.hasNext()) {
                    results.next();
                }
            });
            return "closed";
        }));
    }

    /** Public reports: an Error of a child that is lost, and its parent that waits for ever. */
    @Test
    void an_error_of_a_task_that_the_callers_interrupt_cancels_is_suppressed() throws Exception {
        FutureTask<InterruptedException> call = new FutureTask<>(() -> assertThrows(
                InterruptedException.class, () -> FanOut.over(List.of(7)).map(this::brokenByItsInterrupt)));
        Thread caller = Thread.ofVirtual().start(call);
        Eventually.await().until(() -> running.get() == 1);
        caller.interrupt();
        assertTrue(
                suppressedBy(call.get()).contains("item 7"),
                () -> suppressedBy(call.resultNow()).toString());
    }

    @Test
    void an_error_of_a_task_that_an_unreachable_quorum_cancels_is_logged() {
        try (CapturedLog log = CapturedLog.of(FanOut.class)) {
            assertThrows(
                    IOException.class,
                    () -> FanOut.over(List.of(0, 1)).named("votes").quorum(2, item -> {
                        if (item == 1) {
                            return brokenByItsInterrupt(item);
                        }
                        Eventually.await().until(() -> running.get() == 1);
                        throw new IOException("no");
                    }));
            assertEquals(
                    List.of("ERROR a task of votes failed that was cancelled because its result was not needed item 1"),
                    log.lines());
        }
    }

    @Test
    void an_error_of_an_item_that_takes_too_long_reaches_the_caller() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<StackOverflowError> call = new FutureTask<>(() -> assertThrows(
                StackOverflowError.class,
                () -> FanOut.over(List.of(7))
                        .timeoutEach(Duration.ofSeconds(1))
                        .timeSource(time)
                        .map(this::brokenByItsInterrupt)));
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> running.get() == 1);
        time.advance(Duration.ofSeconds(1));
        assertEquals("item 7", call.get().getMessage());
    }

    @Test
    void what_an_item_throws_after_its_timeout_is_suppressed_by_the_timeout() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<CancellationException> call = new FutureTask<>(() -> assertThrows(
                CancellationException.class,
                () -> FanOut.over(List.of(7))
                        .timeoutEach(Duration.ofSeconds(1))
                        .timeSource(time)
                        .map(item -> {
                            try {
                                return brokenByItsInterrupt(item);
                            } catch (StackOverflowError broken) {
                                throw new IOException("rollback failed");
                            }
                        })));
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> running.get() == 1);
        time.advance(Duration.ofSeconds(1));
        TimeoutException timeout =
                assertInstanceOf(TimeoutException.class, call.get().getCause());
        assertEquals(List.of("rollback failed"), suppressedBy(timeout));
    }

    /** One worker waits for the source and another one for its turn, when the call is stopped. */
    @Test
    void nothing_is_read_from_the_source_once_the_call_is_stopped() {
        Queue<Thread> workers = new ConcurrentLinkedQueue<>();
        AtomicInteger read = new AtomicInteger();
        Iterator<Integer> source = Stream.generate(() -> {
                    int item = read.incrementAndGet();
                    if (item == 2) {
                        try {
                            NEVER.await();
                        } catch (InterruptedException stop) {
                            return item; // ignores it
                        }
                    }
                    return item;
                })
                .iterator();
        assertThrows(
                IOException.class,
                () -> FanOut.over(source)
                        .concurrency(3)
                        .on(worker -> workers.add(Thread.ofPlatform().start(worker)))
                        .forEach(item -> {
                            Eventually.await()
                                    .until(() -> read.get() == 2
                                            && workers.stream()
                                                            .filter(w -> w.getState() == Thread.State.WAITING)
                                                            .count()
                                                    == 2);
                            throw new IOException();
                        }));
        assertEquals(2, read.get());
    }

    /** Others wait for their turn to read when the source fails, in many rounds. */
    @Test
    void nothing_is_read_from_the_source_once_it_has_failed() {
        for (int round = 0; round < 500; round++) {
            AtomicInteger failures = new AtomicInteger();
            Iterator<Integer> source = new Iterator<>() {
                private int read;

                @Override
                public boolean hasNext() {
                    if (read == 200) {
                        throw new IllegalStateException("failure " + failures.incrementAndGet());
                    }
                    return true;
                }

                @Override
                public Integer next() {
                    return read++;
                }
            };
            IllegalStateException failure = assertThrows(
                    IllegalStateException.class,
                    () -> FanOut.over(source).concurrency(4).forEach(item -> {
                        for (long start = System.nanoTime(); System.nanoTime() - start < 2_000; ) {
                            Thread.onSpinWait();
                        }
                    }));
            assertEquals("failure 1", failure.getMessage());
            assertEquals(1, failures.get());
        }
    }

    @Test
    void a_clock_that_schedules_nothing_fails_the_call_and_starts_no_item() {
        IllegalStateException broken = new IllegalStateException("no timer");
        TimeSource withoutTimer = new TimeSource() {
            @Override
            public long nanoTime() {
                return 0;
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {}

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                throw broken;
            }
        };
        assertSame(
                broken,
                assertThrows(
                        IllegalStateException.class,
                        () -> FanOut.over(List.of(7))
                                .deadline(Deadline.after(Duration.ofSeconds(1), withoutTimer))
                                .map(this::brokenByItsInterrupt)));
        assertEquals(0, running.get());
    }

    /**
     * Public reports: unbounded lists of suppressed exceptions, and an Error of a child that leaves its parent waiting.
     */
    @Test
    void an_error_of_a_task_reaches_the_caller_of_everything() {
        FanOut<Integer> fanOut = FanOut.over(List.of(1, 2, 3, 4, 5)).concurrency(3);
        assertThrows(NoClassDefFoundError.class, () -> fanOut.map(FanOutNothingIsLostTest::fail));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.forEach(FanOutNothingIsLostTest::fail));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.firstSuccess(FanOutNothingIsLostTest::fail));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.quorum(2, FanOutNothingIsLostTest::fail));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.reduce(0, FanOutNothingIsLostTest::fail, Integer::sum));
        assertThrows(NoClassDefFoundError.class, () -> fanOut.stream(FanOutNothingIsLostTest::fail, Stream::toList));
        assertThrows(
                NoClassDefFoundError.class, () -> fanOut.orderedStream(FanOutNothingIsLostTest::fail, Stream::toList));
    }

    private static int fail(int item) {
        throw new NoClassDefFoundError();
    }
}

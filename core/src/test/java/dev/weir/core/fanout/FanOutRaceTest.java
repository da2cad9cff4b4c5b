package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FanOutRaceTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private final AtomicInteger running = new AtomicInteger();

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private int endless(int item) throws InterruptedException {
        running.incrementAndGet();
        try {
            NEVER.await();
        } finally {
            running.decrementAndGet();
        }
        return item;
    }

    @Test
    void the_first_success_wins_and_the_losers_are_cancelled_and_joined() throws Exception {
        for (int repeat = 0; repeat < 100; repeat++) {
            int winner = FanOut.over(numbers(8)).concurrency(8).firstSuccess(i -> i == 5 ? i : endless(i));
            assertEquals(5, winner);
            assertEquals(0, running.get());
        }
    }

    @Test
    void a_failure_does_not_lose_the_race_for_the_others() throws Exception {
        assertEquals("b", FanOut.over(List.of("a", "b")).concurrency(1).firstSuccess(s -> {
            if (s.equals("a")) {
                throw new IOException();
            }
            return s;
        }));
    }

    @Test
    void a_null_wins_too() throws Exception {
        assertNull(FanOut.over(List.of("a")).<Object, RuntimeException>firstSuccess(s -> null));
    }

    @Test
    void if_all_fail_the_first_failure_has_ten_others_and_a_count_of_the_rest() {
        IOException thrown = assertThrows(
                IOException.class,
                () -> FanOut.over(numbers(100)).concurrency(7).firstSuccess(i -> {
                    throw new IOException("item " + i);
                }));
        List<String> causes =
                Arrays.stream(thrown.getSuppressed()).map(Throwable::getMessage).toList();
        assertEquals(1 + 10 + 1, causes.size());
        assertEquals("in fan-out, called from", causes.getFirst());
        assertEquals(
                10,
                causes.stream()
                        .filter(message -> message.startsWith("item "))
                        .filter(message -> !message.equals(thrown.getMessage()))
                        .distinct()
                        .count());
        assertEquals("89 more failures", causes.getLast());
    }

    @Test
    void an_endless_source_of_failures_keeps_ten_and_a_count() {
        AtomicInteger left = new AtomicInteger(1_500);
        Exception thrown = assertThrows(
                Exception.class,
                () -> FanOut.over(Stream.generate(() -> 0).takeWhile(i -> left.getAndDecrement() > 0))
                        .firstSuccess(i -> {
                            throw new Exception();
                        }));
        assertEquals(1 + 10 + 1, thrown.getSuppressed().length);
        assertEquals("1489 more failures", thrown.getSuppressed()[11].getMessage());
    }

    @Test
    void an_error_ends_the_race_and_reaches_the_caller() {
        assertThrows(
                StackOverflowError.class,
                () -> FanOut.over(numbers(3)).concurrency(3).firstSuccess(i -> {
                    if (i == 1) {
                        throw new StackOverflowError();
                    }
                    return endless(i);
                }));
        assertEquals(0, running.get());
    }

    @Test
    void a_race_of_nobody_has_no_winner() {
        assertEquals(
                "race needs 1 results of 0 items",
                assertThrows(
                                NoSuchElementException.class,
                                () -> FanOut.over(numbers(0)).named("race").firstSuccess(i -> i))
                        .getMessage());
    }

    @Test
    void a_race_ends_at_its_deadline_and_reports_the_failures_until_then() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<CancellationException> call = new FutureTask<>(() -> assertThrows(
                CancellationException.class,
                () -> FanOut.over(numbers(2))
                        .concurrency(1)
                        .deadline(Deadline.after(Duration.ofSeconds(5), time))
                        .firstSuccess(i -> {
                            if (i == 0) {
                                throw new IOException("early");
                            }
                            time.sleep(Duration.ofHours(1));
                            return i;
                        })));
        Thread.ofVirtual().start(call);
        time.awaitWaiters(2);
        time.advance(Duration.ofSeconds(5));
        assertInstanceOf(TimeoutException.class, call.get().getCause());
        assertEquals("early", call.get().getSuppressed()[1].getMessage());
    }

    @Test
    void a_contender_that_takes_too_long_loses() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<Integer> call = new FutureTask<>(() -> FanOut.over(numbers(2))
                .concurrency(1)
                .timeoutEach(Duration.ofSeconds(1))
                .timeSource(time)
                .firstSuccess(i -> i == 0 ? endless(i) : i));
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> running.get() == 1);
        time.advance(Duration.ofSeconds(1));
        assertEquals(1, call.get());
    }

    @Test
    void if_all_take_too_long_the_timeout_is_the_cause() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<CancellationException> call = new FutureTask<>(() -> assertThrows(
                CancellationException.class,
                () -> FanOut.over(numbers(2))
                        .concurrency(2)
                        .timeoutEach(Duration.ofSeconds(1))
                        .timeSource(time)
                        .firstSuccess(this::endless)));
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> running.get() == 2);
        time.advance(Duration.ofSeconds(1));
        assertInstanceOf(TimeoutException.class, call.get().getCause());
    }

    @Test
    void a_quorum_is_reached_with_the_wanted_successes() throws Exception {
        List<Integer> results = FanOut.over(numbers(5)).concurrency(5).quorum(3, i -> {
            if (i == 0) {
                throw new IOException();
            }
            return i == 1 ? endless(i) : i;
        });
        assertEquals(List.of(2, 3, 4), results.stream().sorted().toList());
        assertEquals(0, running.get());
    }

    @Test
    void a_quorum_fails_as_soon_as_it_cannot_be_reached() {
        IOException thrown = assertThrows(
                IOException.class,
                () -> FanOut.over(numbers(5)).concurrency(5).quorum(4, i -> {
                    if (i < 2) {
                        throw new IOException("item " + i);
                    }
                    return endless(i);
                }));
        assertEquals(0, running.get());
        assertNotEquals(
                thrown.getMessage(), thrown.getSuppressed()[1].getMessage(), "the other failure is suppressed in it");
    }

    @Test
    void a_quorum_of_too_few_items_fails() {
        assertEquals(
                "fan-out needs 3 results of 2 items",
                assertThrows(
                                NoSuchElementException.class,
                                () -> FanOut.over(numbers(2)).quorum(3, i -> i))
                        .getMessage());
        assertEquals(
                "successes must be at least 1, but is 0",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> FanOut.over(numbers(2)).quorum(0, i -> i))
                        .getMessage());
    }

    @Test
    void first_completed_says_which_items_are_done_and_which_are_pending() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        FirstCompleted<Integer> result = FanOut.over(numbers(4)).concurrency(3).firstCompleted(i -> {
            if (i == 1) {
                both.await();
                return 42;
            }
            both.countDown();
            return endless(i);
        });
        assertEquals(1, result.first());
        assertEquals(Outcome.success(42), result.outcome());
        assertEquals(List.of(1), result.done());
        assertEquals(List.of(0, 2, 3), result.pending());
        assertTrue(((Outcome.Cancelled<?>) result.outcomes().get(0)).started());
        assertTrue(!((Outcome.Cancelled<?>) result.outcomes().get(3)).started());
        assertEquals(0, running.get());
    }

    @Test
    void a_failure_completes_first_too() throws Exception {
        IOException failure = new IOException();
        FirstCompleted<Integer> result = FanOut.over(numbers(2)).concurrency(2).firstCompleted(i -> {
            if (i == 1) {
                throw failure;
            }
            return endless(i);
        });
        assertEquals(Outcome.failure(failure), result.outcome());
        assertThrows(NoSuchElementException.class, () -> FanOut.over(numbers(0)).firstCompleted(i -> i));
    }

    @Test
    void an_error_of_a_loser_is_logged_not_lost() throws Exception {
        try (CapturedLog log = CapturedLog.of(FanOut.class)) {
            CountDownLatch second = new CountDownLatch(1);
            int winner = FanOut.over(numbers(2)).concurrency(2).firstSuccess(i -> {
                if (i == 0) {
                    second.await();
                    return i;
                }
                second.countDown();
                try {
                    return endless(i);
                } catch (InterruptedException cancelled) {
                    throw new AssertionError("while it cleaned up");
                }
            });
            assertEquals(0, winner);
            assertEquals(1, log.lines().size());
            assertTrue(log.lines().getFirst().startsWith("ERROR a task of fan-out failed that was cancelled"));
        }
    }

    @Test
    void the_caller_gets_the_cause_itself() {
        IllegalStateException only = new IllegalStateException();
        assertSame(
                only,
                assertThrows(
                        IllegalStateException.class,
                        () -> FanOut.over(numbers(1)).firstSuccess(i -> {
                            throw only;
                        })));
    }

    /**
     * invokeAny returns while a loser still runs and keeps one of three causes; CompletableFuture.cancel interrupts
     * nobody.
     */
    @Test
    void the_winner_is_known_when_no_loser_runs_any_more() throws Exception {
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
}

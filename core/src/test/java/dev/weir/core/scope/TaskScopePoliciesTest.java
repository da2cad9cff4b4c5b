package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Joining all, the first success, deadlines and cancelling; and the helpers for two to four tasks. */
@Timeout(60)
class TaskScopePoliciesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static String never() throws InterruptedException {
        new CountDownLatch(1).await();
        throw new AssertionError();
    }

    @Test
    void joining_all_keeps_every_outcome_and_throws_none() throws Exception {
        IOException failure = new IOException();
        Error error = new Error();
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
                Subtask<Integer> fine = scope.fork(() -> 7);
                Subtask<Integer> failed = scope.fork(() -> {
                    throw failure;
                });
                Subtask<Integer> broken = scope.fork(() -> {
                    throw error;
                });
                scope.join();
                assertEquals(Outcome.success(7), fine.outcome());
                assertEquals(Outcome.failure(failure), failed.outcome());
                assertEquals(Outcome.failure(error), broken.outcome());
                assertFalse(failed.isSuccess());
            }
        });
        assertEquals(List.of(), log);
    }

    @Test
    void joining_all_logs_the_failures_that_nobody_looks_at() throws Exception {
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope.JoinAll scope = TaskScope.builder().on(Runnable::run).joinAll()) {
                for (int i = 0; i < 14; i++) {
                    int number = i;
                    Subtask<Integer> failing = scope.fork(() -> {
                        throw new IOException("number " + number);
                    });
                    assertFalse(failing.isSuccess()); // is not to look at the failure
                }
                scope.join();
            }
        });
        assertEquals(11, log.size(), log.toString());
        assertEquals("ERROR a task of task-scope failed, and nobody looked at its outcome number 0", log.get(0));
        assertEquals("ERROR nobody looked at 4 more failures of task-scope", log.get(10));
    }

    @Test
    void the_first_success_wins_and_the_losers_have_ended() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope<IOException> scope = TaskScope.firstSuccess()) {
                scope.fork(() -> {
                    throw new IOException("in the nature of a race");
                });
                Subtask<String> loser = scope.fork(() -> {
                    try {
                        started.countDown();
                        return never();
                    } finally {
                        ended.set(true);
                    }
                });
                Subtask<String> first = scope.fork(() -> {
                    started.await();
                    return "won";
                });
                scope.join();
                assertTrue(ended.get());
                assertSame(first, scope.winner());
                assertEquals("won", first.get());
                assertInstanceOf(Outcome.Cancelled.class, loser.outcome());
                assertThrows(CancellationException.class, loser::get);
            }
        });
        assertEquals(List.of(), log);
    }

    @Test
    void a_loser_that_returns_all_the_same_is_a_success_but_not_the_winner() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        try (TaskScope<IOException> scope = TaskScope.firstSuccess()) {
            Subtask<String> second = scope.fork(() -> {
                started.countDown();
                try {
                    return never();
                } catch (InterruptedException stopped) { // so the first has won
                    return "second";
                }
            });
            Subtask<String> first = scope.fork(() -> {
                started.await();
                return "first";
            });
            scope.join();
            assertSame(first, scope.winner());
            assertEquals(Outcome.success("second"), second.outcome());
        }
    }

    @Test
    void an_error_of_a_loser_is_logged_if_nobody_looks_at_it() throws Exception {
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope<IOException> scope =
                    TaskScope.builder().on(Runnable::run).firstSuccess()) {
                scope.fork(() -> {
                    throw new StackOverflowError("deep");
                });
                scope.fork(() -> "won");
                scope.join();
            }
        });
        assertEquals(List.of("ERROR a task of task-scope failed, and nobody looked at its outcome deep"), log);
    }

    @Test
    void an_error_among_many_losers_is_logged_and_further_ones_are_counted() throws Exception {
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope<IOException> scope =
                    TaskScope.builder().on(Runnable::run).firstSuccess()) {
                for (int i = 0; i < 20; i++) {
                    scope.fork(() -> {
                        throw new IOException();
                    });
                }
                scope.fork(() -> {
                    throw new StackOverflowError("deep");
                });
                scope.fork(() -> {
                    throw new StackOverflowError("deeper");
                });
                scope.fork(() -> "won");
                scope.join();
            }
        });
        assertEquals(
                List.of(
                        "ERROR a task of task-scope failed, and nobody looked at its outcome deep",
                        "ERROR nobody looked at 1 more failures of task-scope"),
                log);
    }

    @Test
    void an_error_among_many_failures_is_suppressed_by_the_first() throws Exception {
        Error deep = new StackOverflowError("deep");
        try (TaskScope<IOException> scope =
                TaskScope.builder().on(Runnable::run).firstSuccess()) {
            for (int i = 0; i < 20; i++) {
                scope.fork(() -> {
                    throw new IOException();
                });
            }
            scope.fork(() -> {
                throw deep;
            });
            IOException thrown = assertThrows(IOException.class, scope::join);
            assertTrue(List.of(thrown.getSuppressed()).contains(deep));
        }
    }

    @Test
    void a_race_that_nobody_wins_throws_the_first_failure_with_all_others() throws Exception {
        IOException first = new IOException("1");
        IOException second = new IOException("2");
        try (TaskScope<IOException> scope =
                TaskScope.builder().on(Runnable::run).firstSuccess()) {
            scope.fork(() -> {
                throw first;
            });
            scope.fork(() -> {
                throw second;
            });
            assertSame(first, assertThrows(IOException.class, scope::join));
            assertSame(second, first.getSuppressed()[1]);
            assertThrows(IllegalStateException.class, scope::winner);
        }
    }

    @Test
    void a_race_of_nobody_and_a_winner_of_no_race_are_misuse() throws Exception {
        try (TaskScope<RuntimeException> scope = TaskScope.firstSuccess()) {
            assertThrows(IllegalStateException.class, scope::winner);
            assertThrows(IllegalStateException.class, scope::join);
        }
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            scope.join();
            assertThrows(IllegalStateException.class, scope::winner);
        }
    }

    @Test
    void at_the_deadline_tasks_are_interrupted_and_have_ended() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        FutureTask<String> call = new FutureTask<>(() -> {
            try (TaskScope<IOException> scope = TaskScope.builder()
                    .named("late")
                    .deadline(Deadline.after(SECOND, time))
                    .failFast()) {
                Subtask<String> task = scope.fork(() -> {
                    started.countDown();
                    try {
                        return never();
                    } finally {
                        ended.set(true);
                    }
                });
                CancellationException thrown = assertThrows(CancellationException.class, scope::join);
                assertTrue(ended.get());
                assertInstanceOf(TimeoutException.class, thrown.getCause());
                assertEquals(Outcome.cancelled(true, thrown.getCause()), task.outcome());
                return thrown.getMessage();
            }
        });
        Thread.ofVirtual().start(call);
        started.await();
        time.awaitWaiters(1);
        time.advance(SECOND);
        assertEquals("late was not done at its deadline", call.get());
    }

    @Test
    void after_the_deadline_what_finished_was_cancelled_and_never_started_can_be_told_apart() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch all = new CountDownLatch(4);
        FutureTask<List<String>> call = new FutureTask<>(() -> {
            try (TaskScope.JoinAll scope =
                    TaskScope.builder().deadline(Deadline.after(SECOND, time)).joinAll()) {
                Subtask<String> finished = scope.fork(() -> {
                    all.countDown();
                    return "finished";
                });
                Subtask<String> running = scope.fork(() -> {
                    all.countDown();
                    return never();
                });
                scope.fork(() -> {
                    all.countDown();
                    all.await();
                    time.sleep(SECOND);
                });
                all.countDown();
                all.await(); // the deadline is not to come before they have begun
                time.sleep(SECOND);
                Subtask<String> late = scope.fork(() -> "late");
                scope.join();
                return List.of(finished, running, late).stream()
                        .map(task -> switch (task.outcome()) {
                            case Outcome.Success<String>(String value) -> value;
                            case Outcome.Failure<String>(Throwable cause) -> cause.toString();
                            case Outcome.Cancelled<String>(boolean started, Throwable cause) ->
                                cause.getClass().getSimpleName() + started;
                        })
                        .toList();
            }
        });
        Thread.ofVirtual().start(call);
        time.awaitWaiters(3); // with the deadline
        time.advance(SECOND);
        assertEquals(List.of("finished", "TimeoutExceptiontrue", "TimeoutExceptionfalse"), call.get());
    }

    @Test
    void cancel_stops_the_tasks_and_says_where_it_came_from() throws Exception {
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            scope.fork(TaskScopePoliciesTest::never);
            scope.fork(() -> {
                scope.cancel();
                assertTrue(Thread.currentThread().isInterrupted());
            });
            CancellationException thrown = assertThrows(CancellationException.class, scope::join);
            assertEquals("task-scope was cancelled", thrown.getMessage());
            assertInstanceOf(CancellationException.class, thrown.getCause());
        }
    }

    @Test
    void cancel_after_join_does_nothing() throws Exception {
        try (TaskScope<IOException> scope = TaskScope.firstSuccess()) {
            Subtask<String> task = scope.fork(() -> "won");
            scope.join();
            scope.cancel();
            assertSame(task, scope.winner());
            assertEquals("won", task.get());
        }
    }

    @Test
    void two_to_four_tasks_are_joined_in_one_call() throws Exception {
        assertEquals("1b", Parallel.join(() -> 1, () -> "b", (a, b) -> a + b));
        assertEquals("1b2.0", Parallel.join(() -> 1, () -> "b", () -> 2.0, (a, b, c) -> a + b + c));
        assertEquals("1b2.0x", Parallel.join(() -> 1, () -> "b", () -> 2.0, () -> 'x', (a, b, c, d) -> a + b + c + d));
    }

    /** That this compiles is the test: who throws nothing checked asks for no catch, and who throws two gets both. */
    @Test
    void the_checked_types_of_joined_tasks_are_kept() throws InterruptedException {
        assertEquals(3, Parallel.<Integer, Integer, Integer, RuntimeException>join(() -> 1, () -> 2, Integer::sum));
        assertEquals(3, Parallel.join(() -> 1, () -> 2, Integer::sum));
        IOException failure = new IOException();
        try {
            Parallel.join(() -> refuse(failure), () -> 2, Integer::sum);
        } catch (IOException thrown) {
            assertSame(failure, thrown);
        }
        try {
            Parallel.join(() -> refuse(failure), () -> parse(), () -> 1, (a, b, c) -> a + b + c);
        } catch (Exception either) {
            assertSame(failure, either);
        }
    }

    private static int refuse(IOException failure) throws IOException {
        throw failure;
    }

    private static int parse() throws ParseException {
        return 1;
    }

    @Test
    void null_tasks_are_refused_before_any_starts() {
        AtomicBoolean ran = new AtomicBoolean();
        assertThrows(NullPointerException.class, () -> Parallel.join(() -> ran.getAndSet(true), null, (a, b) -> true));
        assertFalse(ran.get());
        assertThrows(NullPointerException.class, () -> TaskScope.shield(null));
        assertThrows(NullPointerException.class, () -> TaskScope.builder().named(null));
        assertThrows(NullPointerException.class, () -> TaskScope.builder().on(null));
        assertThrows(NullPointerException.class, () -> TaskScope.builder().deadline(null));
    }

    /** Unbounded lists of suppressed exceptions, and an Error of a child that leaves its parent waiting. Here: what a thousand siblings throw is ten suppressed exceptions and a count. */
    @Test
    void suppressed_failures_are_bounded() throws Exception {
        CountDownLatch all = new CountDownLatch(1_000);
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            for (int i = 0; i < 1_000; i++) {
                scope.fork(() -> {
                    all.countDown();
                    try {
                        all.await();
                    } catch (InterruptedException stopped) {
                        // and fails all the same
                    }
                    throw new IOException();
                });
            }
            IOException thrown = assertThrows(IOException.class, scope::join);
            assertEquals(12, thrown.getSuppressed().length);
            assertEquals("989 more failures", thrown.getSuppressed()[11].getMessage());
        }
    }
}

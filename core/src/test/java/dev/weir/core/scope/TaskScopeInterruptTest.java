package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Outcome;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Interrupts of the owner, and tasks that ignore theirs. */
@Timeout(60)
class TaskScopeInterruptTest {
    @Test
    void interrupt_before_join_cancels_and_joins() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            Subtask<String> task = scope.fork(() -> {
                started.countDown();
                try {
                    new CountDownLatch(1).await();
                } finally {
                    ended.set(true);
                }
                return "";
            });
            started.await();
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, scope::join);
            assertFalse(Thread.currentThread().isInterrupted());
            assertTrue(ended.get());
            Outcome.Cancelled<?> outcome = assertInstanceOf(Outcome.Cancelled.class, task.outcome());
            assertInstanceOf(InterruptedException.class, outcome.cause());
        }
    }

    @Test
    void interrupt_before_join_of_nothing_is_thrown_all_the_same() throws Exception {
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, scope::join);
        }
        try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, scope::join);
        }
    }

    @Test
    void interrupt_during_join_cancels_and_joins_and_keeps_failures() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        IOException failure = new IOException("while cleaning up");
        FutureTask<InterruptedException> call = new FutureTask<>(() -> {
            try (TaskScope<IOException> scope = TaskScope.failFast()) {
                scope.fork(() -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException stopped) {
                        throw failure;
                    }
                });
                return assertThrows(InterruptedException.class, scope::join);
            }
        });
        Thread owner = Thread.ofVirtual().start(call);
        started.await();
        owner.interrupt();
        assertSame(failure, call.get().getSuppressed()[0]);
    }

    @Test
    void interrupt_of_an_outer_owner_reaches_the_tasks_of_nested_scopes() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            try (TaskScope<IOException> outer = TaskScope.failFast()) {
                outer.fork(() -> {
                    try (TaskScope.JoinAll inner = TaskScope.joinAll()) {
                        inner.fork(() -> {
                            started.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } finally {
                                ended.set(true);
                            }
                        });
                        inner.join();
                    }
                });
                assertThrows(InterruptedException.class, outer::join);
                return ended.get();
            }
        });
        Thread owner = Thread.ofVirtual().start(call);
        started.await();
        owner.interrupt();
        assertTrue(call.get());
    }

    @Test
    void interrupt_while_close_waits_is_kept() throws Exception {
        CountDownLatch closing = new CountDownLatch(1);
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            Thread owner = Thread.currentThread();
            CountDownLatch started = new CountDownLatch(1);
            TaskScope<IOException> scope = TaskScope.failFast();
            scope.fork(() -> {
                started.countDown();
                try {
                    closing.await();
                } catch (InterruptedException closed) {
                    owner.interrupt(); // while it waits for this
                }
            });
            started.await();
            assertThrows(IllegalStateException.class, scope::close);
            return Thread.interrupted();
        });
        Thread.ofVirtual().start(call);
        assertTrue(call.get());
    }

    @Test
    void a_task_that_ignores_its_interrupt_is_waited_for_and_named_in_the_log() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        FutureTask<Outcome<String>> call = new FutureTask<>(() -> {
            try (TaskScope<IOException> scope = TaskScope.builder()
                    .named("slow")
                    .patience(Duration.ofSeconds(10), time)
                    .failFast()) {
                Subtask<String> stubborn = scope.fork(() -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException ignored) {
                        interrupted.countDown();
                    }
                    release.await();
                    return "done";
                });
                scope.fork(() -> {
                    started.await();
                    throw new IOException();
                });
                assertThrows(IOException.class, scope::join);
                return stubborn.outcome();
            }
        });
        try (CapturedLog log = CapturedLog.of(TaskScope.class)) {
            Thread.ofVirtual().start(call);
            interrupted.await();
            time.awaitWaiters(1);
            time.advance(Duration.ofSeconds(9));
            Eventually.await().until(() -> {
                time.advance(Duration.ofSeconds(1)); // more than once if the owner was woken, and about to wait again
                return !log.lines().isEmpty();
            });
            time.advance(Duration.ofSeconds(100));
            assertFalse(call.isDone());
            release.countDown();
            assertEquals(Outcome.success("done"), call.get());
            assertEquals(1, log.lines().size(), () -> log.lines().toString());
            assertTrue(log.lines()
                    .getFirst()
                    .startsWith("WARN slow waits for a task that ignores its interrupt, in VirtualThread["));
        }
    }

    /** The task completes as the owner is interrupted: it is one or the other, and nothing leaks. */
    @Test
    void interrupts_that_race_the_last_result_are_thrown_or_kept() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            Thread owner = Thread.currentThread();
            try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
                Subtask<Integer> task = scope.fork(() -> {
                    owner.interrupt();
                    return 7;
                });
                boolean thrown = false;
                try {
                    scope.join();
                } catch (InterruptedException interrupt) {
                    thrown = true;
                }
                assertTrue(thrown ^ Thread.interrupted(), "neither or both");
                assertEquals(Outcome.success(7), task.outcome());
            }
        }
    }

    @Test
    void an_interrupt_of_another_that_comes_before_the_scopes_own_is_kept() throws Exception {
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().on(Runnable::run).failFast()) {
            scope.fork(() -> {
                Thread.currentThread().interrupt(); // as another thread may interrupt the owner, which runs this
                scope.cancel();
            });
            assertTrue(Thread.currentThread().isInterrupted());
            assertThrows(InterruptedException.class, scope::join);
        }
    }

    @Test
    void a_nested_task_in_the_same_thread_does_not_clear_the_interrupt_of_the_one_around_it() throws Exception {
        AtomicBoolean kept = new AtomicBoolean();
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            try (TaskScope<RuntimeException> outer = TaskScope.builder().on(one).failFast()) {
                outer.fork(() -> {
                    try (TaskScope.JoinAll inner =
                            TaskScope.builder().on(Runnable::run).joinAll()) {
                        inner.fork(() -> {
                            inner.cancel();
                            outer.cancel();
                        });
                        kept.set(Thread.currentThread().isInterrupted());
                    }
                });
                assertThrows(CancellationException.class, outer::join);
            }
            assertTrue(kept.get());
            assertFalse(one.submit(() -> Thread.currentThread().isInterrupted()).get());
        }
    }

    @Test
    void a_task_that_runs_another_one_of_its_scope_in_its_thread_is_interrupted_like_that_one() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean cleaned = new AtomicBoolean();
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            Executor firstThere = task -> (started.getCount() > 0 ? one : (Executor) Runnable::run).execute(task);
            try (TaskScope<InterruptedException> scope =
                    TaskScope.builder().on(firstThere).failFast()) {
                scope.fork(() -> {
                    started.countDown();
                    scope.fork(() -> {
                        scope.cancel();
                        new CountDownLatch(1).await(); // and so uses up the interrupt
                    });
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException stopped) {
                        try (TaskScope<InterruptedException> cleanup =
                                TaskScope.builder().on(Runnable::run).failFast()) {
                            cleanup.fork(() -> cleaned.set(true));
                            cleanup.join(); // which is not to be interrupted again
                        }
                    }
                });
                assertThrows(CancellationException.class, scope::join);
            }
        }
        assertTrue(cleaned.get());
    }

    /** The stop has come, and its interrupt is pending, when the nested task begins, which uses it up. */
    @Test
    void a_stop_that_came_before_a_nested_task_in_the_same_thread_is_not_lost() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        try (TaskScope<InterruptedException> outer = TaskScope.failFast()) {
            Subtask<Boolean> task = outer.fork(() -> {
                started.countDown();
                while (!Thread.currentThread().isInterrupted()) {
                    Thread.onSpinWait();
                }
                try (TaskScope.JoinAll inner =
                        TaskScope.builder().on(Runnable::run).joinAll()) {
                    Subtask<Boolean> nested = inner.fork(() -> new CountDownLatch(1).await(30, TimeUnit.SECONDS));
                    inner.join();
                    assertInstanceOf(InterruptedException.class, ((Outcome.Failure<?>) nested.outcome()).cause());
                }
                return new CountDownLatch(1).await(10, TimeUnit.SECONDS);
            });
            started.await();
            outer.cancel();
            assertThrows(CancellationException.class, outer::join);
            assertInstanceOf(Outcome.Cancelled.class, task.outcome());
        }
    }

    /** The inner task of three uses the interrupt up and then runs another one, which is of no concern to the outer. */
    @Test
    void a_stop_that_comes_two_tasks_deep_in_the_same_thread_is_not_lost() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        try (TaskScope<InterruptedException> outer = TaskScope.failFast()) {
            Subtask<Boolean> task = outer.fork(() -> {
                try (TaskScope.JoinAll middle =
                        TaskScope.builder().on(Runnable::run).joinAll()) {
                    middle.fork(() -> {
                        started.countDown();
                        assertThrows(InterruptedException.class, new CountDownLatch(1)::await);
                        try (TaskScope.JoinAll cleanup =
                                TaskScope.builder().on(Runnable::run).joinAll()) {
                            cleanup.fork(() -> {});
                            cleanup.join(); // which is not to be interrupted again
                        }
                    });
                    middle.join(); // but this is
                    return false;
                }
            });
            started.await();
            outer.cancel();
            assertThrows(CancellationException.class, outer::join);
            assertInstanceOf(Outcome.Cancelled.class, task.outcome());
        }
    }

    private static void awaitAndBreak(CountDownLatch started, Error failure) {
        started.countDown();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException stopped) {
            throw failure;
        }
    }

    private static void nested(CountDownLatch started, Error failure) throws InterruptedException {
        try (TaskScope<RuntimeException> inner = TaskScope.failFast()) {
            inner.fork(() -> awaitAndBreak(started, failure));
            inner.join();
        }
    }

    @Test
    void what_fails_in_a_nested_scope_when_the_outer_one_is_stopped_is_not_lost() throws Exception {
        Error broken = new AssertionError("while cleaning up");
        IOException first = new IOException("first");
        CountDownLatch started = new CountDownLatch(1);
        try (TaskScope<Exception> outer = TaskScope.failFast()) {
            Subtask<?> nesting = outer.fork(() -> nested(started, broken));
            outer.fork(() -> {
                started.await();
                throw first;
            });
            assertSame(first, assertThrows(IOException.class, outer::join));
            assertEquals(Outcome.cancelled(true, first), nesting.outcome());
        }
        Throwable interrupted = first.getSuppressed()[1];
        assertInstanceOf(InterruptedException.class, interrupted);
        assertSame(broken, interrupted.getSuppressed()[0]);
    }

    @Test
    void what_fails_within_a_timeout_when_the_scope_is_stopped_is_not_lost() throws Exception {
        Error broken = new AssertionError("while cleaning up");
        CountDownLatch started = new CountDownLatch(1);
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
                Subtask<?> calling = scope.fork(() -> Timeouts.call(Duration.ofDays(1), () -> {
                    awaitAndBreak(started, broken);
                    return 1;
                }));
                started.await();
                scope.cancel();
                scope.join();
                assertInstanceOf(Outcome.Cancelled.class, calling.outcome()); // which does not tell
            }
        });
        assertEquals(
                List.of("ERROR a task of task-scope failed, and nobody looked at its outcome"
                        + " interrupted while a task with a time limit ran"),
                log);
    }

    @Test
    void a_nested_call_that_only_obeys_its_interrupt_is_no_failure() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
                scope.fork(() -> Timeouts.call(Duration.ofDays(1), () -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                    return 1;
                }));
                started.await();
                scope.cancel();
                scope.join();
            }
        });
        assertEquals(List.of(), log);
    }

    @Test
    void an_error_in_a_scope_nested_in_a_loser_is_logged() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope<Exception> race = TaskScope.firstSuccess()) {
                race.fork(() -> nested(started, new AssertionError("while cleaning up")));
                race.fork(() -> {
                    started.await();
                    return 1;
                });
                race.join();
            }
        });
        assertEquals(1, log.size(), log.toString());
    }
}

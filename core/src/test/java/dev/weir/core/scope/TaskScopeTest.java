package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Outcome;
import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.WorkerPool;
import dev.weir.testkit.CapturedLog;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** Forking and joining, and what fail-fast scopes do. */
@Timeout(60)
class TaskScopeTest {
    private static void sleepUntilInterrupted() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    @Test
    void tasks_of_different_types_are_joined() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            Subtask<Integer> number = scope.fork(() -> 7);
            Subtask<String> text = scope.fork(() -> "seven");
            Subtask<String> nothing = scope.fork(() -> (String) null);
            Subtask<Void> action = scope.fork(() -> {
                runs.incrementAndGet();
            });
            scope.join();
            assertEquals(7, number.get());
            assertEquals("seven", text.get());
            assertNull(nothing.get());
            assertNull(action.get());
            assertTrue(number.isSuccess());
            assertEquals(Outcome.success(7), number.outcome());
        }
        assertEquals(1, runs.get());
    }

    @Test
    void results_stay_readable_after_close_and_for_other_threads() throws Exception {
        Subtask<Integer> number;
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            number = scope.fork(() -> 7);
            scope.join();
        }
        assertEquals(7, Timeouts.call(java.time.Duration.ofHours(1), number::get));
    }

    @Test
    void a_scope_without_tasks_is_joined_at_once() throws Exception {
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            scope.join();
        }
    }

    @Test
    void the_first_failure_stops_the_others_and_keeps_its_type() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        FileNotFoundException failure = new FileNotFoundException("gone");
        Subtask<Integer> slow;
        Subtask<Integer> late;
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            slow = scope.fork(() -> {
                started.countDown();
                try {
                    sleepUntilInterrupted();
                } finally {
                    Thread.sleep(20); // the join waits for that
                    ended.set(true);
                }
                return 1;
            });
            Subtask<Integer> failed = scope.fork(() -> {
                started.await();
                throw failure;
            });
            IOException thrown = assertThrows(IOException.class, scope::join);
            assertSame(failure, thrown);
            assertTrue(ended.get(), "a task ran on after join");
            assertEquals(Outcome.failure(failure), failed.outcome());
            assertSame(
                    failure,
                    assertThrows(IllegalStateException.class, failed::get).getCause());
            late = slow;
        }
        assertEquals(Outcome.cancelled(true, failure), late.outcome());
        assertSame(failure, assertThrows(CancellationException.class, late::get).getCause());
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void what_is_forked_after_a_failure_never_runs() throws Exception {
        IOException failure = new IOException();
        AtomicBoolean ran = new AtomicBoolean();
        try (TaskScope<IOException> scope =
                TaskScope.builder().on(Runnable::run).failFast()) {
            scope.fork(() -> {
                throw failure;
            });
            Subtask<Boolean> late = scope.fork(() -> ran.getAndSet(true));
            assertSame(failure, assertThrows(IOException.class, scope::join));
            assertEquals(Outcome.cancelled(false, failure), late.outcome());
        }
        assertFalse(ran.get());
    }

    @Test
    void what_waits_in_the_executor_is_cancelled_and_not_waited_for() throws Exception {
        Queue<Runnable> waiting = new ArrayDeque<>();
        AtomicBoolean ran = new AtomicBoolean();
        Subtask<Boolean> queued;
        try (TaskScope<IOException> scope = TaskScope.builder().on(waiting::add).failFast()) {
            scope.fork(() -> {
                throw new IOException();
            });
            queued = scope.fork(() -> ran.getAndSet(true));
            waiting.remove().run();
            assertThrows(IOException.class, scope::join);
        }
        assertInstanceOf(Outcome.Cancelled.class, queued.outcome());
        waiting.remove().run(); // the executor comes to it at last
        assertFalse(ran.get());
    }

    @Test
    void an_error_of_a_task_reaches_the_caller() throws Exception {
        StackOverflowError error = new StackOverflowError();
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            scope.fork(() -> {
                throw error;
            });
            assertSame(error, assertThrows(StackOverflowError.class, scope::join));
        }
    }

    @Test
    void failures_of_siblings_are_suppressed_ten_at_most_and_the_rest_counted() throws Exception {
        CountDownLatch all = new CountDownLatch(21);
        IOException thrown;
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            for (int i = 0; i < 21; i++) {
                int number = i;
                scope.fork(() -> {
                    all.countDown();
                    while (all.getCount() > 0) {
                        LockSupport.parkNanos(20_000); // one that yields may starve those that have not begun
                    }
                    throw new IOException("task " + number);
                });
            }
            thrown = assertThrows(IOException.class, scope::join);
        }
        Throwable[] suppressed = thrown.getSuppressed();
        assertEquals(12, suppressed.length, Arrays.toString(suppressed));
        assertTrue(suppressed[1].getMessage().startsWith("task "));
        assertEquals("10 more failures", suppressed[11].getMessage());
    }

    @Test
    void a_failure_shows_where_the_scope_was_joined() throws Exception {
        try (TaskScope<IOException> scope = TaskScope.builder().named("pages").failFast()) {
            scope.fork(() -> {
                throw new IOException();
            });
            Throwable trace = assertThrows(IOException.class, scope::join).getSuppressed()[0];
            assertEquals("in pages, called from", trace.getMessage());
            assertTrue(Arrays.stream(trace.getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("a_failure_shows_where_the_scope_was_joined")));
        }
    }

    @Test
    void a_shared_exception_does_not_grow_and_siblings_are_logged_instead() throws Exception {
        IOException shared = new IOException("shared");
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            for (int i = 0; i < 100; i++) {
                try (TaskScope<IOException> scope =
                        TaskScope.builder().on(Runnable::run).failFast()) {
                    scope.fork(() -> {
                        throw shared;
                    });
                    assertSame(shared, assertThrows(IOException.class, scope::join));
                }
            }
        });
        assertTrue(shared.getSuppressed().length <= 64);
        assertEquals(List.of(), log);
    }

    private static final class NoSuppression extends Exception {
        private static final long serialVersionUID = 1;

        NoSuppression() {
            super("bare", null, false, false);
        }
    }

    @Test
    void an_exception_that_takes_no_suppressed_ones_has_its_siblings_logged() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (TaskScope<Exception> scope = TaskScope.failFast()) {
                scope.fork(() -> {
                    both.countDown();
                    both.await();
                    throw new NoSuppression();
                });
                scope.fork(() -> {
                    both.countDown();
                    while (true) {
                        try {
                            sleepUntilInterrupted();
                        } catch (InterruptedException stopped) {
                            throw new IllegalArgumentException("sibling");
                        }
                    }
                });
                assertThrows(NoSuppression.class, scope::join);
            }
        });
        assertEquals(
                List.of("ERROR task-scope also failed, beside " + NoSuppression.class.getName() + ": bare sibling"),
                log);
    }

    @Test
    void a_task_may_fork_into_its_scope_while_it_runs() throws Exception {
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            AtomicInteger leaves = new AtomicInteger();
            scope.fork(() -> tree(scope, 7, leaves));
            scope.join();
            assertEquals(128, leaves.get());
        }
    }

    private static void tree(TaskScope<IOException> scope, int depth, AtomicInteger leaves) {
        if (depth == 0) {
            leaves.incrementAndGet();
            return;
        }
        scope.fork(() -> tree(scope, depth - 1, leaves));
        scope.fork(() -> tree(scope, depth - 1, leaves));
    }

    @Test
    void a_task_of_a_nested_scope_may_fork_into_the_outer_one() throws Exception {
        try (TaskScope<Exception> outer = TaskScope.failFast()) {
            List<Subtask<String>> far = new ArrayList<>();
            outer.fork(() -> {
                try (TaskScope<RuntimeException> inner = TaskScope.failFast()) {
                    inner.fork(() -> {
                        far.add(outer.fork(() -> "from afar"));
                    });
                    inner.join();
                }
            });
            outer.join();
            assertEquals("from afar", far.get(0).get());
        }
    }

    @Test
    void a_failure_in_a_nested_scope_ends_both() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        AtomicInteger ended = new AtomicInteger();
        IOException failure = new IOException();
        try (TaskScope<IOException> outer = TaskScope.builder().named("outer").failFast()) {
            outer.fork(() -> {
                try (TaskScope<IOException> inner =
                        TaskScope.builder().named("inner").failFast()) {
                    inner.fork(() -> {
                        inside.countDown();
                        try {
                            sleepUntilInterrupted();
                        } finally {
                            ended.incrementAndGet();
                        }
                    });
                    inner.join();
                }
            });
            outer.fork(() -> {
                inside.await();
                throw failure;
            });
            assertSame(failure, assertThrows(IOException.class, outer::join));
            assertEquals(1, ended.get());
        }
    }

    @Test
    void a_rejected_task_is_no_part_of_the_scope() throws Exception {
        ExecutorService none = Executors.newSingleThreadExecutor();
        none.shutdown();
        AtomicBoolean ran = new AtomicBoolean();
        try (TaskScope<RuntimeException> scope = TaskScope.builder().on(none).failFast()) {
            assertThrows(RejectedExecutionException.class, () -> scope.fork(() -> ran.getAndSet(true)));
            scope.join();
        }
        assertFalse(ran.get());
    }

    @Test
    void a_task_that_the_pool_discards_is_cancelled_and_stops_the_scope() throws Exception {
        try (WorkerPool pool = WorkerPool.builder("small")
                .maxWorkers(1)
                .queueCapacity(1)
                .saturation(Saturation.discardOldest())
                .build()) {
            AtomicBoolean ran = new AtomicBoolean();
            try (TaskScope<RuntimeException> scope =
                    TaskScope.builder().on(pool).failFast()) {
                CountDownLatch started = new CountDownLatch(1);
                scope.fork(() -> {
                    started.countDown();
                    sleepUntilInterrupted();
                });
                started.await();
                Subtask<Boolean> discarded = scope.fork(() -> ran.getAndSet(true));
                scope.fork(() -> 1);
                CancellationException thrown = assertThrows(CancellationException.class, scope::join);
                assertEquals("the executor of task-scope dropped a task", thrown.getMessage());
                assertEquals(Outcome.cancelled(false, thrown.getCause()), discarded.outcome());
            }
            assertFalse(ran.get());
        }
    }

    @Test
    void a_race_whose_tasks_were_all_dropped_ends() throws Exception {
        Queue<Runnable> waiting = new ArrayDeque<>();
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().on(waiting::add).firstSuccess()) {
            scope.fork(() -> 1);
            scope.fork(() -> 2);
            waiting.forEach(task -> ((Future<?>) task).cancel(false));
            assertThrows(CancellationException.class, scope::join);
        }
    }

    @Test
    void an_executor_runs_the_tasks_and_its_threads_are_left_as_they_were() throws Exception {
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            try (TaskScope<IOException> scope = TaskScope.builder().on(one).failFast()) {
                CountDownLatch started = new CountDownLatch(1);
                scope.fork(() -> {
                    MDC.put("left", "behind");
                    started.countDown();
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                });
                started.await();
                scope.cancel();
                assertThrows(CancellationException.class, scope::join);
            }
            assertEquals(
                    "null false",
                    one.submit(() -> MDC.get("left") + " "
                                    + Thread.currentThread().isInterrupted())
                            .get());
        }
    }

    @Test
    void tasks_have_the_logging_context_of_who_forked_them() throws Exception {
        MDC.put("request", "r1");
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            Subtask<Subtask<String>> forking = scope.fork(() -> {
                MDC.put("request", "r2");
                return scope.fork(() -> MDC.get("request"));
            });
            Subtask<String> forked = scope.fork(() -> MDC.get("request"));
            scope.join();
            assertEquals("r1", forked.get());
            assertEquals("r2", forking.get().get());
            assertEquals("r1", MDC.get("request"));
        } finally {
            MDC.clear();
        }
    }

    @Test
    void a_task_that_interrupts_itself_fails_of_its_own_accord() throws Exception {
        InterruptedException own = new InterruptedException("own");
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            scope.fork(() -> {
                throw own;
            });
            assertSame(own, assertThrows(InterruptedException.class, scope::join));
        }
    }

    /** An executor's thread swallows what an executed task throws; a scope's parent gets it, an Error too. */
    @Test
    void an_error_of_a_child_does_not_leave_its_parent_waiting() throws Exception {
        for (int i = 0; i < 100; i++) {
            try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
                Subtask<String> waiting = scope.fork(() -> {
                    new CountDownLatch(1).await(); // for what the other would have brought
                    return "";
                });
                scope.fork(() -> {
                    throw new OutOfMemoryError("not really");
                });
                assertThrows(OutOfMemoryError.class, scope::join);
                assertFalse(waiting.isSuccess());
            }
        }
    }

    /** A result that somebody keeps does not keep those of the other tasks. */
    @Test
    void a_kept_subtask_keeps_no_other_task() throws Exception {
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            Subtask<String> first = scope.fork(() -> "first");
            Subtask<String> second = scope.fork(() -> "second");
            scope.join();
            for (Subtask<String> task : List.of(first, second)) {
                ForkedTask<?> ended = assertInstanceOf(ForkedTask.class, task);
                assertNull(ended.next);
                assertNull(ended.previous);
            }
        }
    }
}

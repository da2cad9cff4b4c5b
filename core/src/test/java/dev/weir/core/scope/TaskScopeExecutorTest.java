package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** A scope on an executor that is full or stopped under it, and what a scope leaves behind in threads and memory. */
@Timeout(60)
class TaskScopeExecutorTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    @Test
    void a_deadline_holds_while_the_executor_makes_a_fork_wait() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch waits = new CountDownLatch(1);
        Executor full = task -> {
            waits.countDown();
            try {
                NEVER.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new RejectedExecutionException(interrupted);
            }
        };
        FutureTask<CancellationException> call = new FutureTask<>(() -> {
            try (TaskScope<RuntimeException> scope = TaskScope.builder()
                    .on(full)
                    .deadline(Deadline.after(SECOND, time))
                    .failFast()) {
                Subtask<Integer> cancelled = scope.fork(() -> 1);
                assertFalse(Thread.currentThread().isInterrupted(), "the interrupt of the deadline leaked");
                CancellationException thrown = assertThrows(CancellationException.class, scope::join);
                assertInstanceOf(Outcome.Cancelled.class, cancelled.outcome());
                return thrown;
            }
        });
        Thread.ofVirtual().start(call);
        waits.await();
        time.advance(SECOND);
        assertInstanceOf(TimeoutException.class, call.get().getCause());
    }

    @Test
    void a_deadline_interrupts_the_tasks_whatever_the_owner_does() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        try (TaskScope<InterruptedException> scope =
                TaskScope.builder().deadline(Deadline.after(SECOND, time)).failFast()) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch interrupted = new CountDownLatch(1);
            scope.fork(() -> {
                begun.countDown();
                try {
                    NEVER.await();
                } finally {
                    interrupted.countDown();
                }
            });
            begun.await(); // one that has not begun never does
            time.advance(SECOND);
            interrupted.await();
            assertThrows(CancellationException.class, scope::join);
        }
    }

    /** Public report: jboss/jboss-threads#139. */
    @Test
    void tasks_that_a_stop_ends_leave_the_queue_of_a_stuck_pool() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        try (ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(2))) {
            pool.execute(() -> {
                try {
                    stuck.await();
                } catch (InterruptedException stop) {
                    throw new IllegalStateException(stop);
                }
            });
            for (int i = 0; i < 3; i++) {
                try (TaskScope.JoinAll scope = TaskScope.builder().on(pool).joinAll()) {
                    scope.fork(() -> 1);
                    scope.fork(() -> 2);
                    scope.cancel();
                    scope.join();
                }
                assertEquals(0, pool.getQueue().size());
            }
            stuck.countDown();
        }
    }

    @Test
    void a_stop_of_the_executor_is_no_interrupt_of_the_owner() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(1);
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().on(executor).failFast()) {
            CountDownLatch in = new CountDownLatch(1);
            scope.fork(() -> {
                in.countDown();
                NEVER.await();
                return 1;
            });
            in.await();
            executor.shutdownNow();
            CancellationException thrown = assertThrows(CancellationException.class, scope::join);
            assertInstanceOf(InterruptedException.class, thrown.getCause());
        }
    }

    /** The JDK's pools cancel nothing that they return from shutdownNow. */
    @Test
    void an_executor_that_is_terminated_with_a_task_in_its_queue_ends_the_join() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(1);
        executor.execute(() -> assertThrows(InterruptedException.class, NEVER::await));
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().on(executor).failFast()) {
            scope.fork(() -> 1);
            scope.fork(() -> 2);
            executor.shutdownNow();
            CancellationException thrown = assertThrows(CancellationException.class, scope::join);
            assertEquals("the executor of task-scope dropped a task", thrown.getMessage());
        }
    }

    @Test
    void a_channel_that_the_stop_closes_is_an_effect_and_a_socket_timeout_is_a_failure() throws Exception {
        CountDownLatch running = new CountDownLatch(2);
        try (TaskScope<Exception> scope = TaskScope.failFast()) {
            Subtask<Integer> closed = scope.fork(() -> {
                running.countDown();
                assertThrows(InterruptedException.class, NEVER::await);
                throw new ClosedByInterruptException();
            });
            Subtask<Integer> late = scope.fork(() -> {
                running.countDown();
                assertThrows(InterruptedException.class, NEVER::await);
                throw new SocketTimeoutException("no answer");
            });
            scope.fork(() -> {
                running.await();
                throw new IllegalStateException("first");
            });
            IllegalStateException first = assertThrows(IllegalStateException.class, scope::join);
            assertInstanceOf(Outcome.Cancelled.class, closed.outcome());
            assertInstanceOf(Outcome.Failure.class, late.outcome());
            assertEquals(
                    List.of("no answer"),
                    List.of(first.getSuppressed()).stream()
                            .skip(1) // the trace of the owner
                            .map(Throwable::getMessage)
                            .toList());
        }
    }

    /** Whatever runs tasks in a thread that is used again calls this after each. */
    @Test
    void a_scope_that_a_task_forgets_is_closed_logged_and_not_open_in_the_next() throws Exception {
        List<TaskScope<RuntimeException>> left = new ArrayList<>();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        List<String> log = CapturedLog.during(OpenScopes.class, () -> {
            TaskScope<RuntimeException> forgotten = TaskScope.failFast();
            left.add(forgotten);
            forgotten.fork(() -> {
                started.countDown();
                try {
                    NEVER.await();
                } finally {
                    interrupted.countDown();
                }
            });
            started.await();
            OpenScopes.endTask(null);
        });
        interrupted.await();
        assertEquals(
                List.of("ERROR TaskScope[task-scope, joined] was not closed by the task that opened it"
                        + " task-scope was closed without join: its tasks were cancelled and have ended"),
                log);
        assertThrows(IllegalStateException.class, () -> left.getFirst().fork(() -> 1));
        assertNull(OpenScopes.innermost());
    }

    private static Subtask<?> winner(List<WeakReference<Throwable>> failures) throws InterruptedException {
        try (TaskScope<RuntimeException> scope = TaskScope.firstSuccess()) {
            CountDownLatch failed = new CountDownLatch(1);
            scope.fork(() -> {
                RuntimeException failure = new IllegalStateException();
                failures.add(new WeakReference<>(failure));
                failed.countDown();
                throw failure;
            });
            scope.fork(() -> {
                failed.await();
                return 1;
            });
            scope.join();
            return scope.winner();
        }
    }

    @Test
    void a_kept_winner_does_not_keep_the_failures_of_the_others() throws Exception {
        List<WeakReference<Throwable>> failures = new ArrayList<>();
        Subtask<?> kept = winner(failures);
        Eventually.await().until(() -> {
            System.gc();
            return failures.getFirst().refersTo(null);
        });
        Reference.reachabilityFence(kept);
    }

    @Test
    @SuppressWarnings("try") // the inner scope is closed before the outer one is joined
    void tasks_have_the_logging_context_of_their_fork_alone_and_leave_none() throws Exception {
        InheritableThreadLocal<String> tenant = new InheritableThreadLocal<>();
        tenant.set("t1");
        try (ExecutorService one = Executors.newSingleThreadExecutor();
                TaskScope<RuntimeException> scope = TaskScope.builder().on(one).failFast();
                TaskScope<RuntimeException> virtual = TaskScope.failFast()) {
            one.submit(() -> MDC.put("left", "by another task")).get();
            Subtask<String> without = scope.fork(() -> MDC.get("left"));
            MDC.put("request", "r1");
            Subtask<String> with = virtual.fork(() -> MDC.get("request"));
            Subtask<String> inherited = virtual.fork(tenant::get);
            MDC.remove("request");
            virtual.join();
            virtual.close();
            scope.join();
            assertNull(without.get());
            assertEquals("r1", with.get());
            assertNull(inherited.get());
            assertEquals("by another task", one.submit(() -> MDC.get("left")).get());
        }
        assertTrue(tenant.get().equals("t1"));
    }
}

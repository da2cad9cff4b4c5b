package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** What becomes of results that nobody takes and of scopes that nobody closes; and what is carried to tasks. */
@Timeout(60)
class TaskScopeUndeliveredTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);
    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger begun = new AtomicInteger();

    private String open(String name) {
        assertTrue(open.add(name));
        return name;
    }

    private void close(String name) {
        assertTrue(open.remove(name), () -> name + " was closed twice");
    }

    /** Opens it, but only when it has been interrupted. */
    private String openLate(String name) {
        begun.incrementAndGet();
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(100_000);
        }
        return open(name);
    }

    private TaskScopeBuilder builder() {
        return TaskScope.builder().named("sessions").onUndelivered(String.class, this::close);
    }

    /** Public reports: aio-libs/aiohappyeyeballs#143, python-trio/trio#18. */
    @Test
    void losers_of_a_race_are_released_and_the_winner_is_not() throws Exception {
        try (TaskScope<RuntimeException> scope = builder().firstSuccess()) {
            scope.fork(() -> openLate("b"));
            scope.fork(() -> {
                Eventually.await().until(() -> begun.get() == 1);
                return open("a");
            });
            scope.join();
            assertEquals("a", scope.winner().get());
            assertEquals(Set.of("a", "b"), open); // both are there until the scope is closed
        }
        assertEquals(Set.of("a"), open);
    }

    @Test
    void a_result_beside_a_failure_is_released() throws Exception {
        try (TaskScope<IOException> scope = builder().failFast()) {
            scope.fork(() -> open("a"));
            scope.fork(() -> {
                Eventually.await().until(() -> open.size() == 1);
                throw new IOException("no answer");
            });
            assertThrows(IOException.class, scope::join);
        }
        assertEquals(Set.of(), open);
    }

    @Test
    void results_that_were_looked_at_are_their_takers() throws Exception {
        try (TaskScope<RuntimeException> scope = builder().failFast()) {
            Subtask<String> got = scope.fork(() -> open("got"));
            Subtask<String> looked = scope.fork(() -> open("looked at"));
            scope.fork(() -> open("forgotten"));
            scope.fork(() -> 1);
            scope.join();
            assertEquals("got", got.get());
            assertTrue(looked.outcome().isSuccess());
        }
        assertEquals(Set.of("got", "looked at"), open);
    }

    @Test
    void results_of_a_scope_that_is_closed_without_join_are_released() throws Exception {
        TaskScope<RuntimeException> scope = builder().failFast();
        scope.fork(() -> openLate("a"));
        Eventually.await().until(() -> begun.get() == 1);
        assertThrows(IllegalStateException.class, scope::close);
        assertEquals(Set.of(), open);
    }

    private void abandon(Thread[] worker) throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        TaskScope.JoinAll scope = builder().joinAll();
        scope.fork(() -> open("done"));
        scope.fork(() -> {
            worker[0] = Thread.currentThread();
            started.countDown();
            NEVER.await();
        });
        ScopeContext.set(null); // this thread is used by other tests
        started.await(); // a task that has not begun when the scope is abandoned never does
        Reference.reachabilityFence(scope);
    }

    @Test
    void an_abandoned_scope_lets_its_tasks_go_and_is_logged_once() throws Exception {
        try (CapturedLog log = CapturedLog.of(TaskScope.class)) {
            Thread[] worker = new Thread[1];
            abandon(worker);
            Eventually.await().until(() -> {
                System.gc();
                return !log.lines().isEmpty();
            });
            worker[0].join();
            Eventually.await().until(open::isEmpty);
            assertEquals(
                    List.of("ERROR sessions was not closed: nobody has it any more; its tasks are cancelled"),
                    log.lines());
        }
    }

    /** Is asked while a task ends, and holds that up until the log says that the scope was abandoned. */
    private static ScopePolicy<String, Integer, RuntimeException> untilAbandoned(CapturedLog log) {
        return new ScopePolicy<>() {
            @Override
            public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
                if (successes + failures > 1) {
                    Eventually.await().until(() -> {
                        System.gc();
                        return !log.lines().isEmpty();
                    });
                }
                return false;
            }

            @Override
            public Integer result(List<Outcome<String>> outcomes) {
                return outcomes.size();
            }
        };
    }

    private Thread abandonWhileATaskEnds(CapturedLog log, ThrowingSupplier<String, RuntimeException> task)
            throws InterruptedException {
        CompletableFuture<Thread> first = new CompletableFuture<>();
        CompletableFuture<Thread> worker = new CompletableFuture<>();
        PolicyScope<String, Integer, RuntimeException> scope = builder().open(untilAbandoned(log));
        scope.fork(() -> {
            first.complete(Thread.currentThread());
            throw new IllegalStateException("the first");
        });
        first.join().join();
        scope.fork(() -> {
            worker.complete(Thread.currentThread());
            return task.get();
        });
        ScopeContext.set(null); // this thread is used by other tests
        Thread last = worker.join(); // a task that has not begun when the scope is abandoned never does
        Reference.reachabilityFence(scope);
        return last;
    }

    @Test
    void what_a_task_returns_while_its_scope_is_abandoned_is_released() throws Exception {
        try (CapturedLog log = CapturedLog.of(TaskScope.class)) {
            abandonWhileATaskEnds(log, () -> open("late")).join();
            assertEquals(Set.of(), open);
        }
    }

    @Test
    void what_tasks_throw_before_and_while_their_scope_is_abandoned_is_logged_once() throws Exception {
        try (CapturedLog log = CapturedLog.of(TaskScope.class)) {
            abandonWhileATaskEnds(log, () -> {
                        throw new IllegalStateException("the last");
                    })
                    .join();
            assertEquals(
                    List.of(
                            "ERROR a task of sessions failed, and nobody waits for it the first",
                            "ERROR a task of sessions failed, and nobody waits for it the last",
                            "ERROR sessions was not closed: nobody has it any more; its tasks are cancelled"),
                    log.lines().stream().sorted().toList());
        }
    }

    @Test
    void a_scope_that_is_used_is_not_abandoned() throws Exception {
        List<String> lines = CapturedLog.during(TaskScope.class, () -> {
            CountDownLatch go = new CountDownLatch(1);
            TaskScope<RuntimeException> scope = builder().failFast();
            Subtask<Integer> task = scope.fork(() -> {
                go.await();
                return 1;
            });
            Thread collector = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 5; i++) {
                    System.gc();
                }
                go.countDown();
            });
            scope.join();
            assertEquals(1, task.get());
            collector.join();
            scope.close();
        });
        assertEquals(List.of(), lines);
    }

    @Test
    void what_is_carried_comes_from_the_thread_that_forks() throws Exception {
        TENANT.set("t1");
        MDC.put("user", "alice");
        try (TaskScope<RuntimeException> scope = TaskScope.builder()
                .context(ContextCarrier.mdc(), ContextCarrier.of(TENANT))
                .failFast()) {
            List<Subtask<String>> tasks = new ArrayList<>();
            tasks.add(scope.fork(() -> TENANT.get() + " " + MDC.get("user")));
            scope.fork(() -> {
                TENANT.set("t2");
                tasks.add(scope.fork(() -> TENANT.get() + " " + MDC.get("user")));
            });
            scope.join();
            assertEquals(
                    List.of("t1 alice", "t2 alice"),
                    tasks.stream().map(Subtask::get).toList());
        } finally {
            MDC.clear();
            TENANT.remove();
        }
    }

    @Test
    void nothing_is_carried_if_that_is_said() throws Exception {
        TENANT.set("t1");
        MDC.put("user", "alice");
        try (TaskScope<RuntimeException> scope = TaskScope.builder().context().failFast()) {
            Subtask<String> task = scope.fork(() -> TENANT.get() + " " + MDC.get("user"));
            scope.join();
            assertEquals("null null", task.get());
            assertEquals(
                    "null null",
                    TimeLimit.of(Duration.ofMinutes(1)).context().call(() -> TENANT.get() + " " + MDC.get("user")));
            assertEquals(
                    "t1 alice",
                    TimeLimit.of(Duration.ofMinutes(1))
                            .context(ContextCarrier.mdc(), ContextCarrier.of(TENANT))
                            .call(() -> TENANT.get() + " " + MDC.get("user")));
            assertEquals(
                    "t1 alice",
                    TaskScope.shield(() -> TENANT.get() + " " + MDC.get("user"), ContextCarrier.of(TENANT)));
        } finally {
            MDC.clear();
            TENANT.remove();
        }
    }

    @Test
    void a_result_that_comes_too_late_is_released_before_the_call_throws() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<String> call = new FutureTask<>(
                () -> TimeLimit.of(Duration.ofSeconds(1), time).call(() -> openLate("a"), this::close));
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> begun.get() == 1);
        time.advance(Duration.ofSeconds(1));
        assertInstanceOf(
                TimeoutException.class,
                assertThrows(ExecutionException.class, call::get).getCause());
        assertEquals(Set.of(), open);
    }

    @Test
    void a_result_is_released_when_the_caller_is_interrupted_and_not_when_it_is_returned() throws Exception {
        TimeLimit limit = TimeLimit.of(Duration.ofMinutes(1));
        FutureTask<String> call = new FutureTask<>(() -> limit.call(() -> openLate("a"), this::close));
        Thread caller = Thread.ofVirtual().start(call);
        Eventually.await().until(() -> begun.get() == 1);
        caller.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, call::get).getCause());
        assertEquals(Set.of(), open);
        assertEquals("b", limit.call(() -> open("b"), this::close));
        assertEquals(Set.of("b"), open);
        assertThrows(NullPointerException.class, () -> limit.call(() -> open("c"), null));
        assertEquals("TimeLimit[took longer than PT1M]", limit.toString());
    }

    @Test
    void tasks_in_one_expression_end_at_the_deadline() {
        ManualTimeSource time = new ManualTimeSource();
        Deadline deadline = Deadline.after(Duration.ofSeconds(1), time);
        CancellationException late = assertThrows(
                CancellationException.class,
                () -> Parallel.<Integer, Boolean, Integer, RuntimeException>join(
                        deadline,
                        () -> 1,
                        () -> {
                            time.advance(Duration.ofSeconds(1));
                            NEVER.await();
                            return true;
                        },
                        (one, never) -> one));
        assertInstanceOf(TimeoutException.class, late.getCause());
        assertThrows(
                NullPointerException.class, () -> Parallel.join((Deadline) null, () -> 1, () -> 2, (a, b) -> a + b));
    }

    @Test
    void in_time_their_results_are_combined() throws Exception {
        Deadline soon = Deadline.after(Duration.ofMinutes(1));
        assertEquals(
                3, Parallel.<Integer, Integer, Integer, RuntimeException>join(soon, () -> 1, () -> 2, Integer::sum));
        assertEquals(
                6,
                Parallel.<Integer, Integer, Integer, Integer, RuntimeException>join(
                        soon, () -> 1, () -> 2, () -> 3, (a, b, c) -> a + b + c));
        assertEquals(
                10,
                Parallel.<Integer, Integer, Integer, Integer, Integer, RuntimeException>join(
                        soon, () -> 1, () -> 2, () -> 3, () -> 4, (a, b, c, d) -> a + b + c + d));
    }

    @Test
    void without_a_type_the_scope_is_one_of_unchecked_exceptions() throws InterruptedException {
        try (var scope = TaskScope.failFast()) {
            var one = scope.fork(() -> 1);
            scope.join(); // throws nothing checked but the InterruptedException
            assertEquals(1, one.get());
        }
        try (var scope = TaskScope.builder().named("race").firstSuccess()) {
            var one = scope.fork(() -> 1);
            scope.join();
            assertSame(one, scope.winner());
        }
    }

    @Test
    void the_documentation_does_what_it_says() throws Exception {
        ScopeSnippets.Part leaf = new ScopeSnippets.Part(1, List.of());
        ScopeSnippets.Part node = new ScopeSnippets.Part(10, List.of(leaf, leaf, leaf));
        assertEquals(126, ScopeSnippets.sizeOf(new ScopeSnippets.Part(100, List.of(node, node))));
        assertEquals("server", ScopeSnippets.limit("server").server());
        assertTrue(Set.of("a", "b").contains(ScopeSnippets.undelivered("a", "b").server()));
    }
}

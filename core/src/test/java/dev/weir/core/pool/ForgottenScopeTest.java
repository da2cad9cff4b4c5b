package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.internal.OpenScopes;
import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.sync.KeyedExecutor;
import dev.weir.testkit.CapturedLog;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A scope that a pool's task opens and does not close is open in no other task. */
@Timeout(60)
class ForgottenScopeTest extends PoolFixture {
    private final CountDownLatch interrupted = new CountDownLatch(1);

    static Stream<WorkerPoolBuilder> wrapping() {
        return DroppedTaskTest.wrapping();
    }

    /** Opens a scope with a task that runs until it is cancelled, and forgets it. */
    private TaskScope<RuntimeException> forget() {
        TaskScope<RuntimeException> forgotten = TaskScope.failFast();
        CountDownLatch begun = new CountDownLatch(1);
        forgotten.fork(() -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException stop) {
                interrupted.countDown();
            }
        });
        join(begun);
        return forgotten;
    }

    private void assertClosedAndLogged(CapturedLog log, TaskScope<RuntimeException> forgotten) {
        join(interrupted);
        await().until(() -> !log.lines().isEmpty());
        assertEquals(
                List.of("ERROR TaskScope[task-scope, joined] was not closed by the task that opened it"
                        + " task-scope was closed without join: its tasks were cancelled and have ended"),
                log.lines());
        assertThrows(IllegalStateException.class, () -> forgotten.fork(() -> 1));
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_scope_that_a_submitted_task_forgets_is_closed_and_logged(WorkerPoolBuilder builder) throws Exception {
        WorkerPool pool = pool(builder);
        try (CapturedLog log = CapturedLog.of(OpenScopes.class)) {
            TaskScope<RuntimeException> forgotten = pool.submit(this::forget).get();
            assertNull(pool.submit(OpenScopes::innermost).get());
            ExecutionException refused = assertThrows(
                    ExecutionException.class,
                    () -> pool.submit(() -> forgotten.fork(() -> 1)).get());
            assertInstanceOf(IllegalStateException.class, refused.getCause());
            assertClosedAndLogged(log, forgotten);
        }
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_scope_that_an_executed_task_forgets_is_closed_and_logged(WorkerPoolBuilder builder) throws Exception {
        WorkerPool pool = pool(builder);
        AtomicReference<TaskScope<RuntimeException>> forgotten = new AtomicReference<>();
        AtomicReference<Object> next = new AtomicReference<>("nothing yet");
        try (CapturedLog log = CapturedLog.of(OpenScopes.class)) {
            pool.execute(() -> forgotten.set(forget()));
            pool.execute(() -> next.set(OpenScopes.innermost()));
            await().until(() -> !"nothing yet".equals(next.get()));
            assertNull(next.get());
            assertClosedAndLogged(log, forgotten.get());
        }
    }

    @Test
    void a_caller_that_runs_a_task_keeps_its_own_scope() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0).saturation(Saturation.callerRuns()));
        occupy(pool);
        AtomicReference<TaskScope<RuntimeException>> forgotten = new AtomicReference<>();
        try (CapturedLog log = CapturedLog.of(OpenScopes.class);
                TaskScope<RuntimeException> own = TaskScope.failFast()) {
            OpenScopes.Scope before = OpenScopes.innermost();
            pool.execute(() -> forgotten.set(forget()));
            assertSame(before, OpenScopes.innermost());
            Subtask<Integer> subtask = own.fork(() -> 1);
            own.join();
            assertEquals(1, subtask.get());
            assertClosedAndLogged(log, forgotten.get());
        }
        assertNull(OpenScopes.innermost());
    }

    @Test
    void a_worker_that_runs_a_task_within_its_own_keeps_the_outer_ones_scope() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0));
        AtomicReference<TaskScope<RuntimeException>> forgotten = new AtomicReference<>();
        try (CapturedLog log = CapturedLog.of(OpenScopes.class)) {
            int result = pool.submit(() -> {
                        try (TaskScope<RuntimeException> own = TaskScope.failFast()) {
                            OpenScopes.Scope before = OpenScopes.innermost();
                            pool.execute(() -> forgotten.set(forget())); // runs here, as there is no other worker
                            assertSame(before, OpenScopes.innermost());
                            Subtask<Integer> subtask = own.fork(() -> 1);
                            own.join();
                            return subtask.get();
                        }
                    })
                    .get();
            assertEquals(1, result);
            assertClosedAndLogged(log, forgotten.get());
        }
    }

    @Test
    void a_scope_that_a_failure_handler_forgets_is_not_open_in_the_next_task() throws Exception {
        AtomicReference<TaskScope<RuntimeException>> forgotten = new AtomicReference<>();
        WorkerPool pool = pool(one().failureHandler((task, failure) -> forgotten.set(forget())));
        try (CapturedLog log = CapturedLog.of(OpenScopes.class)) {
            pool.execute(() -> {
                throw new IllegalStateException("expected by this test");
            });
            assertNull(pool.submit(OpenScopes::innermost).get());
            assertClosedAndLogged(log, forgotten.get());
        }
    }

    @Test
    void a_scope_that_a_task_of_a_key_forgets_is_not_open_in_the_next_one() throws Exception {
        WorkerPool pool = pool(one());
        KeyedExecutor<String> keyed = KeyedExecutor.over(pool);
        try (CapturedLog log = CapturedLog.of(OpenScopes.class)) {
            TaskScope<RuntimeException> forgotten =
                    keyed.submit("key", this::forget).get();
            assertNull(keyed.submit("key", OpenScopes::innermost).get());
            assertClosedAndLogged(log, forgotten);
        }
    }
}

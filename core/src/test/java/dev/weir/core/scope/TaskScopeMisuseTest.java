package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each misuse has an exception that says what is wrong, leaves no task running and loses no failure. */
@Timeout(60)
class TaskScopeMisuseTest {
    @AfterEach
    void no_scope_is_left_open_in_the_thread() {
        assertNull(ScopeContext.innermost());
    }

    /** Calls something in another thread, and returns what it threw there. */
    private static Throwable thrownElsewhere(AutoCloseable action) throws Exception {
        FutureTask<Throwable> elsewhere = new FutureTask<>(() -> {
            try {
                action.close();
                return null;
            } catch (Throwable thrown) {
                return thrown;
            }
        });
        Thread.ofPlatform().start(elsewhere);
        return elsewhere.get();
    }

    @Test
    void fork_after_join_is_refused_and_does_not_run() throws Exception {
        AtomicBoolean ran = new AtomicBoolean();
        TaskScope<RuntimeException> scope = TaskScope.builder().named("pages").failFast();
        try (scope) {
            scope.join();
            assertEquals(
                    "pages was joined or closed: it takes no more tasks",
                    assertThrows(IllegalStateException.class, () -> scope.fork(() -> ran.getAndSet(true)))
                            .getMessage());
        }
        assertThrows(IllegalStateException.class, () -> scope.fork(() -> ran.getAndSet(true)));
        assertFalse(ran.get());
    }

    @Test
    void a_result_before_join_is_refused() throws Exception {
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            Subtask<Integer> task = scope.fork(() -> 7);
            assertEquals(
                    "a result of task-scope is there only after join()",
                    assertThrows(IllegalStateException.class, task::get).getMessage());
            assertThrows(IllegalStateException.class, task::outcome);
            assertFalse(task.isSuccess());
            scope.join();
            assertEquals(7, task.get());
        }
    }

    @Test
    void join_close_and_fork_from_another_thread_are_refused_and_change_nothing() throws Exception {
        AtomicBoolean ran = new AtomicBoolean();
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            Subtask<Integer> task = scope.fork(() -> 7);
            assertInstanceOf(WrongThreadException.class, thrownElsewhere(scope::join));
            assertInstanceOf(WrongThreadException.class, thrownElsewhere(scope));
            assertInstanceOf(WrongThreadException.class, thrownElsewhere(() -> scope.fork(() -> ran.getAndSet(true))));
            scope.join();
            assertEquals(7, task.get());
        }
        assertFalse(ran.get());
    }

    @Test
    void join_by_a_task_is_refused() throws Exception {
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            Subtask<Throwable> joining = scope.fork(() -> assertThrows(WrongThreadException.class, scope::join));
            scope.join();
            assertTrue(joining.isSuccess());
        }
    }

    @Test
    void join_by_a_task_that_the_owner_runs_is_refused_and_does_not_wait_for_itself() throws Exception {
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().on(Runnable::run).failFast()) {
            Subtask<Throwable> joining = scope.fork(() -> assertThrows(IllegalStateException.class, scope::join));
            Subtask<Throwable> closing = scope.fork(() -> assertThrows(IllegalStateException.class, scope::close));
            scope.join();
            assertTrue(joining.isSuccess() && closing.isSuccess());
        }
    }

    @Test
    void a_second_join_is_refused_and_a_second_close_does_nothing() throws Exception {
        TaskScope<RuntimeException> scope = TaskScope.failFast();
        scope.join();
        assertThrows(IllegalStateException.class, scope::join);
        scope.close();
        scope.close();
        assertThrows(IllegalStateException.class, scope::join);
    }

    @Test
    void close_without_join_ends_the_tasks_and_keeps_their_failures() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        IOException failure = new IOException();
        IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> {
            try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
                scope.fork(() -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        ended.set(true);
                    }
                });
                CountDownLatch failed = new CountDownLatch(1);
                scope.fork(() -> {
                    failed.countDown();
                    throw failure;
                });
                started.await();
                failed.await();
            }
        });
        assertEquals(
                "task-scope was closed without join: its tasks were cancelled and have ended", thrown.getMessage());
        assertSame(failure, thrown.getSuppressed()[0]);
        assertTrue(ended.get());
    }

    @Test
    void a_block_that_throws_keeps_its_own_exception() {
        IOException own = new IOException();
        IOException thrown = assertThrows(IOException.class, () -> {
            try (TaskScope<IOException> scope = TaskScope.failFast()) {
                scope.fork(() -> 7);
                throw own;
            }
        });
        assertSame(own, thrown);
        assertInstanceOf(IllegalStateException.class, thrown.getSuppressed()[0]);
    }

    @Test
    @SuppressWarnings("resource") // that it is not closed is the subject
    void a_task_that_leaves_a_scope_open_fails_and_the_scope_is_closed() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        try (TaskScope<RuntimeException> outer = TaskScope.failFast()) {
            outer.fork(() -> {
                CountDownLatch started = new CountDownLatch(1);
                TaskScope<RuntimeException> forgotten =
                        TaskScope.builder().named("forgotten").failFast();
                forgotten.fork(() -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        ended.set(true);
                    }
                });
                started.await();
            });
            IllegalStateException thrown = assertThrows(IllegalStateException.class, outer::join);
            assertEquals("forgotten was not closed before the end of what encloses it", thrown.getMessage());
            assertTrue(ended.get());
        }
    }

    @Test
    void closing_the_outer_scope_first_closes_the_inner_one_and_says_so() throws Exception {
        TaskScope<RuntimeException> outer = TaskScope.failFast();
        TaskScope<RuntimeException> inner = TaskScope.builder().named("inner").failFast();
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        inner.fork(() -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } finally {
                ended.set(true);
            }
        });
        started.await();
        outer.join();
        IllegalStateException thrown = assertThrows(IllegalStateException.class, outer::close);
        assertEquals("inner was not closed before the end of what encloses it", thrown.getMessage());
        assertTrue(ended.get());
        inner.close();
    }

    @Test
    @SuppressWarnings("resource") // that it is not closed is the subject
    void when_an_owner_ends_without_closing_its_tasks_are_stopped_and_it_is_logged() throws Exception {
        AtomicReference<Thread> first = new AtomicReference<>();
        AtomicReference<Thread> second = new AtomicReference<>();
        AtomicReference<TaskScope<?>> kept = new AtomicReference<>(); // or the collector may be the first to notice
        CountDownLatch bothRun = new CountDownLatch(2);
        CountDownLatch ownerGone = new CountDownLatch(1);
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            Thread owner = Thread.ofPlatform().name("gone").start(() -> {
                TaskScope<RuntimeException> scope =
                        TaskScope.builder().named("left").failFast();
                kept.set(scope);
                scope.fork(() -> {
                    first.set(Thread.currentThread());
                    bothRun.countDown();
                    ownerGone.await();
                    throw new IllegalStateException("for nobody");
                });
                scope.fork(() -> {
                    second.set(Thread.currentThread());
                    bothRun.countDown();
                    new CountDownLatch(1).await();
                });
            });
            bothRun.await();
            owner.join();
            ownerGone.countDown();
            second.get().join();
            first.get().join(); // which logs, also after it has stopped the second
            Reference.reachabilityFence(kept);
        });
        // The first stops the second before it logs, and then either of the two notices that the owner is gone.
        List<String> sorted = log.stream().sorted().toList();
        assertEquals(2, sorted.size(), log.toString());
        assertEquals("ERROR a task of left failed, and nobody waits for it for nobody", sorted.get(0));
        assertTrue(sorted.get(1).startsWith("ERROR left was not closed: its owner Thread["), log.toString());
    }
}

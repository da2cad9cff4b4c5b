package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

@Timeout(60)
class ShieldTest {
    @Test
    void a_shielded_task_returns_or_throws_as_it_does() throws Exception {
        assertEquals(7, TaskScope.shield(() -> 7));
        assertNull(TaskScope.shield(() -> null));
        IOException failure = new IOException();
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> TaskScope.shield(() -> {
                            throw failure;
                        })));
        assertTrue(Arrays.stream(failure.getSuppressed()[0].getStackTrace())
                .anyMatch(frame -> frame.getMethodName().contains("a_shielded_task_returns")));
    }

    @Test
    void interrupt_before_the_call_does_not_reach_the_task_and_is_kept() throws Exception {
        Thread.currentThread().interrupt();
        assertFalse(TaskScope.shield(() -> Thread.currentThread().isInterrupted()));
        assertTrue(Thread.interrupted());
    }

    @Test
    void interrupt_during_the_call_does_not_reach_the_task_and_is_kept_and_so_is_the_result() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        FutureTask<String> call = new FutureTask<>(() -> {
            String result = TaskScope.shield(() -> {
                started.countDown();
                release.await();
                return "committed";
            });
            return result + Thread.currentThread().isInterrupted();
        });
        Thread caller = Thread.ofVirtual().start(call);
        started.await();
        for (int i = 0; i < 3; i++) {
            caller.interrupt();
        }
        release.countDown();
        assertEquals("committedtrue", call.get());
    }

    @Test
    void a_deadline_waits_for_what_is_shielded_and_its_result_is_not_lost() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch started = new CountDownLatch(2);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        FutureTask<Outcome<String>> call = new FutureTask<>(() -> {
            try (TaskScope<IOException> scope = TaskScope.builder()
                    .deadline(Deadline.after(Duration.ofSeconds(1), time))
                    .failFast()) {
                Subtask<String> paying = scope.fork(() -> TaskScope.shield(() -> {
                    started.countDown();
                    release.await();
                    return "paid";
                }));
                scope.fork(() -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        interrupted.countDown();
                    }
                });
                assertThrows(CancellationException.class, scope::join);
                return paying.outcome();
            }
        });
        Thread.ofVirtual().start(call);
        started.await();
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(1));
        interrupted.await();
        release.countDown();
        assertEquals(Outcome.success("paid"), call.get());
    }

    @Test
    void a_shielded_task_is_in_the_scope_and_in_the_logging_context_of_its_caller() throws Exception {
        MDC.put("request", "r1");
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            Subtask<String> forked = TaskScope.shield(() -> scope.fork(() -> MDC.get("request")));
            scope.join();
            assertEquals("r1", forked.get());
        } finally {
            MDC.clear();
        }
    }

    @Test
    void a_shielded_task_that_leaves_a_scope_open_fails() {
        IllegalStateException thrown = assertThrows(
                IllegalStateException.class,
                () -> TaskScope.shield(
                        () -> TaskScope.builder().named("forgotten").<RuntimeException>failFast()));
        assertEquals("forgotten was not closed before the end of what encloses it", thrown.getMessage());
    }

    /** An interrupt that comes as the task ends is kept, whichever was first. */
    @Test
    void no_interrupt_and_no_result_is_lost_when_they_race() throws Exception {
        Thread caller = Thread.currentThread();
        for (int i = 0; i < 2_000; i++) {
            int number = i;
            assertEquals(number, TaskScope.shield(() -> {
                caller.interrupt();
                return number;
            }));
            assertTrue(Thread.interrupted());
        }
    }
}

package dev.weir.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class OutcomeTest {
    private static final Throwable CAUSE = new IOException("down");

    @Test
    void of_task_that_returns_is_a_success() throws Exception {
        assertEquals(Outcome.success(7), Outcome.of(() -> 7));
        assertTrue(Outcome.of(() -> 7).isSuccess());
    }

    @Test
    void of_task_that_returns_null_is_a_success() throws Exception {
        assertEquals(Outcome.success(null), Outcome.of(() -> null));
    }

    @Test
    void of_task_that_throws_keeps_the_very_exception() throws Exception {
        Outcome<Integer> outcome = Outcome.of(() -> {
            throw CAUSE;
        });
        assertSame(CAUSE, assertInstanceOf(Outcome.Failure.class, outcome).cause());
        assertFalse(outcome.isSuccess());
    }

    @Test
    void of_task_that_throws_an_error_keeps_it() throws Exception {
        Error error = new StackOverflowError();
        Outcome<Integer> outcome = Outcome.of(() -> {
            throw error;
        });
        assertEquals(Outcome.failure(error), outcome);
    }

    @Test
    void of_task_that_is_cancelled_is_a_cancellation_of_a_started_task() throws Exception {
        CancellationException cancellation = new CancellationException();
        Outcome<Integer> outcome = Outcome.of(() -> {
            throw cancellation;
        });
        assertEquals(Outcome.cancelled(true, cancellation), outcome);
    }

    @Test
    void of_interrupted_task_throws_and_is_nobodys_result() {
        InterruptedException interrupt = new InterruptedException();
        assertSame(
                interrupt,
                assertThrows(
                        InterruptedException.class,
                        () -> Outcome.of(() -> {
                            throw interrupt;
                        })));
    }

    @Test
    void map_changes_the_value_alone() {
        assertEquals(Outcome.success("7"), Outcome.success(7).map(String::valueOf));
        assertEquals(Outcome.failure(CAUSE), Outcome.<Integer>failure(CAUSE).map(String::valueOf));
        assertEquals(
                Outcome.cancelled(false, CAUSE),
                Outcome.<Integer>cancelled(false, CAUSE).map(String::valueOf));
    }

    @Test
    void orElse_falls_back_only_without_a_value() {
        assertEquals(7, Outcome.success(7).orElse(8));
        assertNull(Outcome.<Integer>success(null).orElse(8));
        assertEquals(8, Outcome.<Integer>failure(CAUSE).orElse(8));
        assertEquals(8, Outcome.<Integer>cancelled(true, CAUSE).orElse(8));
    }

    @Test
    void orElseThrow_throws_what_a_future_would() throws Exception {
        assertEquals(7, Outcome.success(7).orElseThrow());
        Outcome<Integer> failure = Outcome.failure(CAUSE);
        assertSame(
                CAUSE,
                assertThrows(ExecutionException.class, failure::orElseThrow).getCause());
        Outcome<Integer> cancelled = Outcome.cancelled(false, new TimeoutException());
        CancellationException thrown = assertThrows(CancellationException.class, cancelled::orElseThrow);
        assertInstanceOf(TimeoutException.class, thrown.getCause());
    }

    @Test
    void a_failure_and_a_cancellation_need_a_cause() {
        assertEquals(
                "cause",
                assertThrows(NullPointerException.class, () -> Outcome.failure(null))
                        .getMessage());
        assertEquals(
                "cause",
                assertThrows(NullPointerException.class, () -> Outcome.cancelled(true, null))
                        .getMessage());
    }

    @Test
    void a_switch_tells_the_three_apart() {
        assertEquals("got 7", OutcomeSnippets.describe(Outcome.success(7)));
        assertEquals("failed: down", OutcomeSnippets.describe(Outcome.failure(CAUSE)));
        assertEquals("cut short", OutcomeSnippets.describe(Outcome.cancelled(true, CAUSE)));
        assertEquals("never began", OutcomeSnippets.describe(Outcome.cancelled(false, CAUSE)));
    }
}

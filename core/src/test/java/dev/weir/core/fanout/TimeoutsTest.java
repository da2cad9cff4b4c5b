package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TimeoutsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void a_task_in_time_returns_or_throws_as_it_does() throws Exception {
        assertEquals(7, Timeouts.call(SECOND, () -> 7));
        assertNull(Timeouts.call(SECOND, () -> null));
        IOException failure = new IOException();
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> Timeouts.call(SECOND, () -> {
                            throw failure;
                        })));
        InterruptedException own = new InterruptedException();
        assertSame(
                own,
                assertThrows(
                        InterruptedException.class,
                        () -> Timeouts.call(SECOND, () -> {
                            throw own;
                        })));
    }

    @Test
    void a_task_out_of_time_is_interrupted_and_has_ended() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        AtomicBoolean ended = new AtomicBoolean();
        FutureTask<TimeoutException> call = new FutureTask<>(() -> {
            TimeoutException thrown = assertThrows(
                    TimeoutException.class,
                    () -> Timeouts.call(SECOND, time, () -> {
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            ended.set(true);
                        }
                        return 7;
                    }));
            assertTrue(ended.get());
            assertFalse(Thread.currentThread().isInterrupted(), "the interrupt leaked");
            return thrown;
        });
        Thread.ofVirtual().start(call);
        time.awaitWaiters(1);
        time.advance(SECOND);
        TimeoutException thrown = call.get();
        assertEquals("took longer than PT1S", thrown.getMessage());
        assertInstanceOf(InterruptedException.class, thrown.getSuppressed()[0]);
    }

    @Test
    void interrupt_before_the_call_does_not_start_the_task() {
        AtomicBoolean started = new AtomicBoolean();
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class,
                () -> Timeouts.call(SECOND, () -> {
                    started.set(true);
                    return 1;
                }));
        assertFalse(Thread.interrupted());
        assertFalse(started.get());
    }

    @Test
    void interrupt_during_the_call_interrupts_the_task_and_joins_it() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            assertThrows(
                    InterruptedException.class,
                    () -> Timeouts.call(Duration.ofDays(1), () -> {
                        started.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            ended.set(true);
                        }
                        return 1;
                    }));
            return ended.get();
        });
        Thread caller = Thread.ofPlatform().start(call);
        started.await();
        caller.interrupt();
        assertTrue(call.get());
    }

    @Test
    void no_interrupt_leaks_when_the_timeout_and_the_result_race() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            try {
                Timeouts.call(Duration.ofNanos(20_000), () -> 1);
            } catch (TimeoutException expected) {
                // either is right
            }
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void bad_arguments_are_refused() {
        assertThrows(IllegalArgumentException.class, () -> Timeouts.call(Duration.ZERO, () -> 1));
        assertThrows(NullPointerException.class, () -> Timeouts.call(SECOND, null));
        assertThrows(NullPointerException.class, () -> Timeouts.call((Duration) null, () -> 1));
    }
}

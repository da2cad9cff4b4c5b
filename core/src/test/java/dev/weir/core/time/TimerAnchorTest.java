package dev.weir.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimerAnchorTest {
    private static final long LATER = Duration.ofHours(1).toNanos();

    /** Its thread takes nothing out of the queue: this test does. */
    private final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(1, worker -> new Thread(() -> {}));

    private final TimerAnchor anchor = new TimerAnchor(timer);

    TimerAnchorTest() {
        timer.setRemoveOnCancelPolicy(true);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private Future<?> schedule() {
        anchor.keepFor(LATER);
        return timer.schedule(() -> {}, LATER, TimeUnit.NANOSECONDS);
    }

    private void runFirst() {
        Runnable first = Objects.requireNonNull(timer.getQueue().peek());
        assertTrue(timer.remove(first));
        first.run();
    }

    /** The queue's head is what the timer's thread waits for: a new head wakes it. */
    @Test
    void limits_of_calls_that_end_in_time_do_not_wake_the_timer() {
        schedule().cancel(false);
        Runnable awaited = Objects.requireNonNull(timer.getQueue().peek());
        for (int call = 0; call < 10; call++) {
            Future<?> limit = schedule();
            assertSame(awaited, timer.getQueue().peek());
            limit.cancel(false);
            assertEquals(1, timer.getQueue().size());
        }
    }

    @Test
    void the_anchor_lies_there_while_tasks_come_and_not_longer() {
        for (int period = 0; period < 3; period++) {
            schedule().cancel(false);
            schedule().cancel(false);
            assertEquals("TimerAnchor[down]", anchor.toString());
            assertEquals(1, timer.getQueue().size());
            runFirst();
            assertEquals(1, timer.getQueue().size(), "put down again");
        }
        runFirst();
        assertEquals("TimerAnchor[up]", anchor.toString());
        assertEquals(0, timer.getQueue().size());
    }

    @Test
    void a_task_that_is_due_soon_needs_none() {
        anchor.keepFor(TimerAnchor.NANOS);
        assertEquals(0, timer.getQueue().size());
    }

    @Test
    void one_that_cannot_be_put_down_is_not_down() {
        timer.shutdown();
        assertThrows(RejectedExecutionException.class, this::schedule);
        assertEquals("TimerAnchor[up]", anchor.toString());
    }
}

package dev.weir.core.internal.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.Waiter.End;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WaiterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private Thread thread;

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    private <T> FutureTask<T> inThread(Callable<T> body) {
        FutureTask<T> task = new FutureTask<>(body);
        thread = Thread.ofVirtual().start(task);
        return task;
    }

    private static <T> T of(FutureTask<T> task) throws Exception {
        return task.get(60, TimeUnit.SECONDS);
    }

    private void untilParked(Thread.State state) {
        Call.until(() -> {
            assertTrue(thread.isAlive(), "it must park");
            return thread.getState() == state && LockSupport.getBlocker(thread) == this; // and waits for nothing else
        });
    }

    @Test
    void a_signal_ends_an_endless_wait() throws Exception {
        Waiter[] waiter = new Waiter[1];
        Object ready = new Object();
        FutureTask<End> wait = inThread(() -> {
            synchronized (ready) {
                waiter[0] = new Waiter();
            }
            return waiter[0].await(this, Deadline.never());
        });
        untilParked(Thread.State.WAITING);
        synchronized (ready) {
            assertSame(thread, waiter[0].thread());
        }
        assertTrue(waiter[0].signal());
        assertEquals(End.SIGNALLED, of(wait));
        assertFalse(waiter[0].signal());
    }

    @Test
    void a_signal_that_came_before_needs_no_wait_whatever_else_is_true() {
        Waiter waiter = new Waiter();
        waiter.signal();
        Thread.currentThread().interrupt();
        assertEquals(End.SIGNALLED, waiter.await(this, Deadline.after(Duration.ZERO, time)));
        assertEquals(End.SIGNALLED, waiter.await(this, Deadline.never()));
        assertTrue(Thread.interrupted());
    }

    @Test
    void an_interrupt_counts_before_the_time() {
        Thread.currentThread().interrupt();
        assertEquals(End.INTERRUPTED, new Waiter().await(this, Deadline.after(Duration.ZERO, time)));
        assertTrue(Thread.interrupted());
    }

    @Test
    void an_interrupt_ends_a_wait_and_stays_pending() throws Exception {
        AtomicBoolean pending = new AtomicBoolean();
        FutureTask<End> wait = inThread(() -> {
            End end = Waiter.await(() -> false, this, Deadline.never());
            pending.set(Thread.currentThread().isInterrupted());
            return end;
        });
        untilParked(Thread.State.WAITING);
        thread.interrupt();
        assertEquals(End.INTERRUPTED, of(wait));
        assertTrue(pending.get());
    }

    @Test
    void a_wait_expires_at_its_deadline() throws Exception {
        FutureTask<End> wait = inThread(() -> new Waiter().await(this, Deadline.after(SECOND, time)));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        assertFalse(wait.isDone());
        time.advance(Duration.ofNanos(1));
        assertEquals(End.EXPIRED, of(wait));
    }

    @Test
    void a_condition_that_holds_as_the_time_runs_out_counts() {
        AtomicInteger looks = new AtomicInteger();
        BooleanSupplier atTheSecondLook = () -> looks.incrementAndGet() == 2;
        assertEquals(End.SIGNALLED, Waiter.await(atTheSecondLook, this, Deadline.after(Duration.ZERO, time)));
        assertEquals(End.EXPIRED, Waiter.await(() -> false, this, Deadline.after(Duration.ZERO, time)));
    }

    @Test
    void an_uninterruptible_wait_goes_on_and_restores_the_interrupt() throws Exception {
        AtomicBoolean holds = new AtomicBoolean();
        AtomicBoolean pending = new AtomicBoolean();
        FutureTask<End> wait = inThread(() -> {
            End end = Waiter.awaitUninterruptibly(holds::get, this, Deadline.never());
            pending.set(Thread.currentThread().isInterrupted());
            return end;
        });
        untilParked(Thread.State.WAITING);
        thread.interrupt();
        while (thread.isInterrupted()) {
            Thread.onSpinWait();
        }
        untilParked(Thread.State.WAITING);
        holds.set(true);
        LockSupport.unpark(thread);
        assertEquals(End.SIGNALLED, of(wait));
        assertTrue(pending.get());
    }

    @Test
    void an_uninterruptible_wait_expires_with_the_interrupt_restored() {
        Thread.currentThread().interrupt();
        Waiter waiter = new Waiter();
        assertEquals(End.EXPIRED, waiter.awaitUninterruptibly(this, Deadline.after(Duration.ZERO, time)));
        assertTrue(Thread.interrupted());
    }

    @Test
    void what_a_condition_throws_leaves_the_wait_with_the_interrupt_restored() {
        Thread.currentThread().interrupt();
        AtomicInteger looks = new AtomicInteger();
        BooleanSupplier broken = () -> {
            if (looks.incrementAndGet() == 2) {
                throw new IllegalStateException();
            }
            return false;
        };
        Deadline never = Deadline.never();
        LockSupport.unpark(Thread.currentThread());
        assertThrows(IllegalStateException.class, () -> Waiter.awaitUninterruptibly(broken, this, never));
        assertTrue(Thread.interrupted());
    }

    @Test
    void a_spurious_wakeup_ends_nothing() throws Exception {
        Waiter[] waiter = {new Waiter(null)};
        FutureTask<End> wait = inThread(() -> {
            waiter[0].renew();
            return waiter[0].await(this, Deadline.never());
        });
        for (int i = 0; i < 100; i++) {
            LockSupport.unpark(thread);
        }
        untilParked(Thread.State.WAITING);
        assertFalse(wait.isDone());
        waiter[0].signal();
        assertEquals(End.SIGNALLED, of(wait));
    }

    // JDK-8369227: a virtual thread may not come back from an untimed park that follows a timed one.
    @Test
    void a_wait_that_has_parked_timed_never_parks_untimed_afterwards() throws Exception {
        Waiter waiter = new Waiter(null);
        AtomicBoolean expired = new AtomicBoolean();
        FutureTask<End> wait = inThread(() -> {
            waiter.renew();
            expired.set(waiter.awaitAtMost(this, 1_000) == End.EXPIRED);
            return waiter.await(this, Deadline.never());
        });
        Call.until(expired::get);
        untilParked(Thread.State.TIMED_WAITING);
        waiter.signal();
        assertEquals(End.SIGNALLED, of(wait));
    }

    @Test
    void a_renewed_waiter_parks_untimed_again() throws Exception {
        Waiter waiter = new Waiter(null);
        FutureTask<End> wait = inThread(() -> {
            waiter.renew();
            waiter.await(this, Deadline.after(Duration.ZERO, time));
            waiter.renew();
            return waiter.await(this, Deadline.never());
        });
        untilParked(Thread.State.WAITING);
        waiter.signal();
        assertEquals(End.SIGNALLED, of(wait));
    }

    @Test
    void a_signal_may_be_set_first_and_the_thread_unparked_later() throws Exception {
        Waiter waiter = new Waiter(null);
        assertNull(waiter.markSignalled());
        assertTrue(waiter.isSignalled());
        FutureTask<End> wait = inThread(() -> {
            waiter.renew();
            return waiter.await(this, Deadline.never());
        });
        untilParked(Thread.State.WAITING);
        Thread woken = waiter.markSignalled();
        assertSame(thread, woken);
        LockSupport.unpark(woken);
        assertEquals(End.SIGNALLED, of(wait));
        waiter.release();
        assertNull(waiter.thread());
        waiter.clearSignal();
        assertFalse(waiter.isSignalled());
        assertFalse(waiter.getAsBoolean());
    }

    /** A clock that breaks its contract. */
    private static final class BrokenClock implements TimeSource {
        boolean readable = true;

        @Override
        public long nanoTime() {
            if (!readable) {
                throw new IllegalStateException("no time");
            }
            return 0;
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            throw new LinkageError("no park");
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            throw new IllegalStateException("no timer");
        }
    }

    @Test
    void a_clock_that_throws_ends_the_wait_as_expired() {
        BrokenClock clock = new BrokenClock();
        Deadline deadline = Deadline.after(SECOND, clock);
        assertEquals(End.EXPIRED, new Waiter().await(this, deadline));
        clock.readable = false;
        assertEquals(End.EXPIRED, new Waiter().awaitUninterruptibly(this, deadline));
        assertEquals(End.EXPIRED, Waiter.await(() -> false, this, deadline));
    }

    @Test
    void a_condition_that_holds_when_the_clock_throws_counts() {
        BrokenClock clock = new BrokenClock();
        AtomicInteger looks = new AtomicInteger();
        BooleanSupplier atTheSecondLook = () -> looks.incrementAndGet() == 2;
        assertEquals(End.SIGNALLED, Waiter.await(atTheSecondLook, this, Deadline.after(SECOND, clock)));
    }
}

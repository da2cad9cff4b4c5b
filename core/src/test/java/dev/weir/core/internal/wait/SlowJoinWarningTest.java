package dev.weir.core.internal.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.internal.wait.Waiter.End;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SlowJoinWarningTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ManualTimeSource time = new ManualTimeSource();
    private final AtomicInteger warnings = new AtomicInteger();
    private final AtomicBoolean joined = new AtomicBoolean();
    private final SlowJoinWarning warning = new SlowJoinWarning(PATIENCE, time, warnings::incrementAndGet);

    private void join(Thread thread, FutureTask<End> join) throws Exception {
        joined.set(true);
        LockSupport.unpark(thread);
        assertEquals(End.SIGNALLED, join.get(60, TimeUnit.SECONDS));
    }

    private static void untilParkedTimed(Thread thread) {
        Call.until(() -> {
            assertTrue(thread.isAlive(), "it must park");
            return thread.getState() == Thread.State.TIMED_WAITING;
        });
    }

    @Test
    void a_join_in_time_warns_of_nothing() throws Exception {
        FutureTask<End> join = new FutureTask<>(() -> warning.await(joined::get, this));
        Thread thread = Thread.ofVirtual().start(join);
        time.awaitWaiters(1);
        time.advance(PATIENCE.minusNanos(1));
        join(thread, join);
        assertEquals(0, warnings.get());
    }

    @Test
    void a_slow_join_warns_once_and_goes_on_with_timed_parks() throws Exception {
        FutureTask<End> join = new FutureTask<>(() -> warning.await(joined::get, this));
        Thread thread = Thread.ofVirtual().start(join);
        time.awaitWaiters(1);
        time.advance(PATIENCE);
        untilParkedTimed(thread); // and not untimed, see JDK-8369227
        assertEquals(1, warnings.get());
        time.advance(PATIENCE);
        LockSupport.unpark(thread);
        join(thread, join);
        assertEquals(1, warnings.get());
    }

    @Test
    void an_interrupt_ends_the_wait_and_the_time_goes_on_in_the_next() throws Exception {
        FutureTask<End> join = new FutureTask<>(() -> {
            assertEquals(End.INTERRUPTED, warning.await(joined::get, this));
            assertTrue(Thread.interrupted());
            return warning.await(joined::get, this);
        });
        Thread thread = Thread.ofVirtual().start(join);
        time.awaitWaiters(1);
        time.advance(PATIENCE.minusNanos(1));
        thread.interrupt();
        while (thread.isInterrupted()) {
            Thread.onSpinWait();
        }
        time.awaitWaiters(1);
        time.advance(Duration.ofNanos(1));
        untilParkedTimed(thread);
        assertEquals(1, warnings.get());
        join(thread, join);
    }

    @Test
    void an_uninterruptible_join_restores_the_interrupt() {
        Thread.currentThread().interrupt();
        joined.set(true);
        warning.awaitUninterruptibly(joined::get, this);
        assertTrue(Thread.interrupted());
    }

    @Test
    void a_warning_that_throws_does_not_end_the_join() throws Exception {
        SlowJoinWarning broken = new SlowJoinWarning(Duration.ZERO, time, () -> {
            warnings.incrementAndGet();
            throw new IllegalStateException();
        });
        FutureTask<End> join = new FutureTask<>(() -> broken.await(joined::get, this));
        Thread thread = Thread.ofVirtual().start(join);
        untilParkedTimed(thread);
        assertEquals(1, warnings.get());
        assertFalse(join.isDone());
        join(thread, join);
    }
}

package dev.weir.core.time;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * An entry of the timer's queue that does nothing, and lies there while tasks come.
 *
 * <p>A task that is due earlier than all others wakes the timer's thread, so that it waits for that one. Most tasks are
 * time limits of calls that end long before, one after the other: each would find the queue empty and wake the thread,
 * which costs more than many a call does. Behind the anchor, which is due within {@link #NANOS}, they wake nobody.
 *
 * <p>The two flags decide only who is woken, so they are not kept together: a race about them costs a wake-up.
 */
final class TimerAnchor {
    /** How far ahead the anchor lies at most; tasks that are due sooner need none. */
    static final long NANOS = 10_000_000;

    private final ScheduledExecutorService timer;
    private volatile boolean down;

    /** Whether a task has come since the anchor was put down. */
    private volatile boolean used;

    TimerAnchor(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /** Before a task is scheduled. Throws what the timer does. */
    void keepFor(long delayNanos) {
        if (delayNanos <= NANOS) {
            return;
        }
        if (!down) {
            down = true;
            put();
        } else if (!used) {
            used = true;
        }
    }

    private void put() {
        used = false;
        try {
            Future<?> unused = timer.schedule(this::lift, NANOS, TimeUnit.NANOSECONDS);
        } catch (Throwable noThread) {
            down = false;
            throw noThread;
        }
    }

    private void lift() {
        if (used) {
            put();
        } else {
            down = false;
        }
    }

    @Override
    public String toString() {
        return "TimerAnchor[" + (down ? "down" : "up") + "]";
    }
}

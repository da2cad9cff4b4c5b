package dev.weir.jcstress;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A clock that an actor sets. Waits end by themselves every few microseconds, as spurious wake-ups may. */
public final class StressClock implements TimeSource {
    private volatile long now;

    public void set(long nanos) {
        now = nanos;
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
        LockSupport.parkNanos(blocker, Math.min(nanos, 5_000));
    }

    @Override
    public ScheduledTask schedule(Runnable task, Duration delay) {
        throw new UnsupportedOperationException("no test schedules on this clock");
    }
}

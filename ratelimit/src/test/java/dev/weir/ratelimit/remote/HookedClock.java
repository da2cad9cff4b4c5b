package dev.weir.ratelimit.remote;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.time.Duration;

/** A clock that is set by hand, and does what a test wants before each reading. */
final class HookedClock implements TimeSource {
    private final ManualTimeSource time;
    volatile Runnable beforeReading = () -> {};

    HookedClock(ManualTimeSource time) {
        this.time = time;
    }

    @Override
    public long nanoTime() {
        beforeReading.run();
        return time.nanoTime();
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
        time.parkNanos(blocker, nanos);
    }

    @Override
    public ScheduledTask schedule(Runnable task, Duration delay) {
        return time.schedule(task, delay);
    }
}

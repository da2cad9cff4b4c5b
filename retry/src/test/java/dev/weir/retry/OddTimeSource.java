package dev.weir.retry;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/** A clock whose readings and timers do what no good one does. Nobody waits for it. */
record OddTimeSource(LongSupplier readings, BiFunction<Runnable, Duration, ScheduledTask> timers)
        implements TimeSource {
    /** One that stands still. */
    static OddTimeSource still(BiFunction<Runnable, Duration, ScheduledTask> timers) {
        return new OddTimeSource(() -> 0, timers);
    }

    /** One that stands still, and whose timers cannot be started. */
    static OddTimeSource withoutTimers(RuntimeException failure) {
        return still((task, delay) -> {
            throw failure;
        });
    }

    @Override
    public long nanoTime() {
        return readings.getAsLong();
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {}

    @Override
    public void sleepNanos(long nanos) {}

    @Override
    public ScheduledTask schedule(Runnable task, Duration delay) {
        return timers.apply(task, delay);
    }
}

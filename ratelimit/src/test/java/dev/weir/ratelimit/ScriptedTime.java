package dev.weir.ratelimit;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.time.Duration;

/** A manual clock of which a test replaces what it wants to go wrong. */
public class ScriptedTime implements TimeSource {
    final ManualTimeSource manual;
    private Runnable afterReading = () -> {};
    private int readingsLeft;

    ScriptedTime() {
        this(new ManualTimeSource());
    }

    public ScriptedTime(ManualTimeSource manual) {
        this.manual = manual;
    }

    /** Does something once, in the middle of the so manieth reading from now on: what is read is of before it. */
    public void inReading(int number, Runnable action) {
        readingsLeft = number;
        afterReading = action;
    }

    @Override
    public long nanoTime() {
        long reading = manual.nanoTime();
        if (readingsLeft > 0 && --readingsLeft == 0) {
            afterReading.run();
        }
        return reading;
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
        manual.parkNanos(blocker, nanos);
    }

    @Override
    public ScheduledTask schedule(Runnable task, Duration delay) {
        return manual.schedule(task, delay);
    }
}

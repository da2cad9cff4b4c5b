package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The one timer of a {@link WaitingLine}, guarded by the lock of that. */
final class LineTimer {
    /** After how long the timer looks again when the clock has thrown. */
    private static final long BROKEN_CLOCK_NANOS = 100_000_000;

    private final TimeSource time;
    private final Runnable look;
    private @Nullable ScheduledTask timer;
    private long atNanos;

    LineTimer(TimeSource time, Runnable look) {
        this.time = time;
        this.look = look;
    }

    /**
     * Has it look a time after a reading of the clock. One that comes earlier stays, looks, and is set anew: a quick
     * line does not set many.
     */
    void watch(long now, long nanos) {
        long at = now + nanos;
        if (timer == null || atNanos - at > 0) {
            cancel();
            set(nanos, at);
            if (time.nanoTime() - at >= 0) { // while it was set, and so it counts from too late a reading
                cancel();
                set(0, at);
            }
        }
    }

    /** Has it look some time later, whatever the clock says now. */
    void watchBrokenClock() {
        cancel();
        set(BROKEN_CLOCK_NANOS, atNanos);
    }

    private void set(long nanos, long at) {
        timer = time.schedule(look, Duration.ofNanos(nanos));
        atNanos = at;
    }

    void cancel() {
        if (timer != null) {
            timer.cancel(); // one that has begun looks, and finds nothing to do
            timer = null;
        }
    }
}

package dev.weir.core.internal.wait;

import dev.weir.core.time.TimeSource;
import java.time.Duration;

/** A wait for interrupted tasks to end, which they must and may be slow to do: it has no end, but says so once. */
public final class Patience {
    private final long nanos;
    private final TimeSource time;
    private long startNanos;
    private boolean started;
    private boolean told;

    /**
     * Describes a wait that has not begun.
     *
     * @param patience how long to wait before the warning
     * @param time the clock
     */
    public Patience(Duration patience, TimeSource time) {
        this.nanos = patience.toNanos();
        this.time = time;
    }

    /**
     * Parks until woken, at most until it is time to tell; does not park when it is.
     *
     * @param blocker what thread dumps show as waited for
     * @return true, once, when it is time to tell
     */
    public boolean parkOrTell(Object blocker) {
        long now = time.nanoTime();
        if (!started) {
            started = true;
            startNanos = now;
        }
        // Never untimed: an untimed park after a timed one may not return on a virtual thread (JDK-8369227).
        long left = told ? nanos : nanos - (now - startNanos);
        if (left <= 0) {
            told = true;
            return true;
        }
        time.parkNanos(blocker, left);
        return false;
    }
}

package dev.weir.core.fanout;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts items that take too long. One task of the timer for the whole call, not one for each item: all have the
 * same timeout, so an item that begins after a look at all of them cannot expire before the next look, which is due
 * when the first of those that it saw expires.
 */
final class ItemTimer {
    private final FanOutRun<?, ?> run;
    private final TimeSource time;
    private final Duration timeout;
    private final long timeoutNanos;

    /** Guards all that follows. */
    private final PromptLock lock = new PromptLock();

    private TimeSource.@Nullable ScheduledTask next;
    private boolean stopped;

    ItemTimer(FanOutRun<?, ?> run, TimeSource time, Duration timeout) {
        this.run = run;
        this.time = time;
        this.timeout = timeout;
        this.timeoutNanos = Checks.saturatedNanos(timeout);
    }

    void start() {
        scheduleIn(timeout);
    }

    private void scheduleIn(Duration delay) {
        lock.lock();
        try {
            if (!stopped) {
                next = time.schedule(this::look, delay);
            }
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        try {
            long now = time.nanoTime();
            long left = timeoutNanos;
            for (int i = run.workers.size() - 1; i >= 0; i--) {
                left = Math.min(left, run.workers.get(i).expire(now, timeoutNanos));
            }
            scheduleIn(Duration.ofNanos(left));
        } catch (Throwable broken) { // thrown by the TimeSource: without limits the call must not go on
            run.failed(Stop.failed(broken));
        }
    }

    void stop() {
        TimeSource.ScheduledTask last;
        lock.lock();
        try {
            stopped = true;
            last = next;
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.cancel();
        }
    }
}

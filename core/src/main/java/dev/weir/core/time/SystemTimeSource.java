package dev.weir.core.time;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/** The JVM's clock, with a virtual thread for each scheduled task. */
final class SystemTimeSource implements TimeSource {
    static final SystemTimeSource INSTANCE = new SystemTimeSource();

    private SystemTimeSource() {}

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
        LockSupport.parkNanos(blocker, nanos);
    }

    @Override
    public ScheduledTask schedule(Runnable task, Duration delay) {
        Objects.requireNonNull(task, "task");
        return TimerTask.start(task, Checks.saturatedNanos(delay));
    }

    @Override
    public String toString() {
        return "TimeSource.system()";
    }

    static final class TimerTask extends OnceTask {
        private final Thread thread;

        private TimerTask(Runnable task, long delayNanos) {
            super(task);
            long start = System.nanoTime();
            thread = Thread.ofVirtual().name("weir-timer").unstarted(() -> awaitAndRun(start, delayNanos));
        }

        static TimerTask start(Runnable task, long delayNanos) {
            TimerTask timer = new TimerTask(task, delayNanos);
            timer.thread.start();
            return timer;
        }

        private void awaitAndRun(long start, long delayNanos) {
            for (long left = delayNanos; left > 0 && isPending(); left = delayNanos - (System.nanoTime() - start)) {
                LockSupport.parkNanos(this, left);
            }
            runOnce();
        }

        @Override
        void cancelled() {
            LockSupport.unpark(thread);
        }
    }
}

package dev.weir.core.time;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Threads;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The JVM's clock, with one daemon platform thread for all scheduled tasks, which ends when there are none. */
final class SystemTimeSource implements TimeSource {
    static final SystemTimeSource INSTANCE = new SystemTimeSource();

    private SystemTimeSource() {}

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
        LockSupport.parkNanos(Objects.requireNonNull(blocker, "blocker"), nanos);
    }

    @Override
    public void sleepNanos(Object blocker, long nanos) throws InterruptedException {
        SleepLoop.sleep(this, Objects.requireNonNull(blocker, "blocker"), nanos);
    }

    @Override
    public ScheduledTask schedule(Runnable task, Duration delay) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(delay, "delay");
        return TimerTask.start(task, Math.max(0, Checks.saturatedNanos(delay)));
    }

    @Override
    public String toString() {
        return "TimeSource.system()";
    }

    static final class TimerTask extends OnceTask {
        /** Made when the first task is scheduled. */
        private static final ScheduledThreadPoolExecutor TIMER = timer();

        private static final TimerAnchor ANCHOR = new TimerAnchor(TIMER);

        /** The timer's own handle; none before it is scheduled. */
        private @Nullable Future<?> scheduled;

        private TimerTask(Runnable task) {
            super(task);
        }

        static ScheduledThreadPoolExecutor timer() {
            ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, Threads::timer);
            timer.setKeepAliveTime(1, TimeUnit.SECONDS);
            timer.allowCoreThreadTimeOut(true);
            timer.setRemoveOnCancelPolicy(true);
            return timer;
        }

        static TimerTask start(Runnable task, long delayNanos) {
            TimerTask timerTask = new TimerTask(task);
            try {
                ANCHOR.keepFor(delayNanos);
                // Delays up to Long.MAX_VALUE are right: the executor keeps what is in its queue within that range.
                timerTask.scheduled = TIMER.schedule(timerTask::runOnce, delayNanos, TimeUnit.NANOSECONDS);
            } catch (Throwable noThread) { // it may be in the queue all the same, and must not run then
                timerTask.cancel();
                throw noThread;
            }
            return timerTask;
        }

        @Override
        void cancelled() {
            Future<?> entry = scheduled;
            if (entry != null) {
                entry.cancel(false); // takes it out of the queue
            }
        }
    }
}

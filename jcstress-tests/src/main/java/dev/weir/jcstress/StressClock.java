package dev.weir.jcstress;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that an actor sets. Waits end by themselves every few microseconds, as spurious wake-ups may. Scheduled tasks
 * run when an actor says so.
 */
public final class StressClock implements TimeSource {
    private final Queue<Scheduled> tasks = new ConcurrentLinkedQueue<>();
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
        Scheduled scheduled = new Scheduled(task, now + delay.toNanos());
        tasks.add(scheduled);
        return () -> tasks.remove(scheduled);
    }

    /** Runs the tasks that are due. */
    public void runDue() {
        for (Scheduled scheduled : tasks) {
            if (scheduled.dueNanos <= now && tasks.remove(scheduled)) {
                scheduled.task.run();
            }
        }
    }

    /** Runs all tasks, whenever they are due. */
    public void runAll() {
        for (Scheduled scheduled : tasks) {
            if (tasks.remove(scheduled)) {
                scheduled.task.run();
            }
        }
    }

    /** Not a record: it is itself that is removed, and no equal one. */
    private static final class Scheduled {
        private final Runnable task;
        private final long dueNanos;

        Scheduled(Runnable task, long dueNanos) {
            this.task = task;
            this.dueNanos = dueNanos;
        }
    }
}

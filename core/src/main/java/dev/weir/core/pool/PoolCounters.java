package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.InterruptGuard;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for the tasks. What goes through a queue to a worker, which is nearly all, the queue and the workers count
 * themselves; here is the rest.
 */
final class PoolCounters {
    private final String pool;
    private final Backlog backlog;

    /** Given to a worker that was started for it. */
    final AtomicLong direct = new AtomicLong();

    /** Never in a queue. */
    final AtomicLong ranInCaller = new AtomicLong();

    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong discarded = new AtomicLong();
    private final AtomicLong abandoned = new AtomicLong();

    /** Met dead by others than workers. */
    private final AtomicLong cancelled = new AtomicLong();

    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    PoolCounters(String pool, Backlog backlog) {
        this.pool = pool;
        this.backlog = backlog;
    }

    /** A caller as the place where a task runs. */
    RunSite inCaller(InterruptGuard guard) {
        return new RunSite() {
            @Override
            public InterruptGuard guard() {
                return guard;
            }

            @Override
            public boolean isWorker() {
                return false;
            }

            @Override
            public void completed(boolean hasFailed) {
                if (hasFailed) {
                    failed.incrementAndGet();
                }
                completed.incrementAndGet();
            }

            @Override
            public void neverBegan() {
                cancelled.incrementAndGet();
            }
        };
    }

    /** Tasks have been taken out of the queue that had ended before. */
    void tookOut(List<Runnable> ended) {
        for (Runnable task : ended) {
            cancelled.incrementAndGet();
            if (task instanceof PoolTask<?> poolTask) {
                poolTask.settle();
            }
        }
    }

    /** Ends a task that its submitter gets back; returns what the submitter gets it back with. */
    TaskRejectedException reject(
            Runnable task, TaskRejectedException.Reason reason, String why, @Nullable Throwable cause) {
        rejected.incrementAndGet();
        if (task instanceof PoolTask<?> poolTask && !poolTask.giveBack() && poolTask.isDead()) {
            poolTask.settle();
            backlog.metDead();
        }
        return new TaskRejectedException(reason, pool + " " + why, cause);
    }

    /** Ends a task that gives way to another one. */
    void discard(Runnable victim) {
        withdraw(victim, discarded);
    }

    /** Ends a task that was accepted and will not be run. Returns false if it had ended anyway. Throws nothing. */
    boolean abandon(Runnable task) {
        try {
            return withdraw(task, abandoned);
        } catch (Throwable noMemory) { // for what follows the end of the future
            Callbacks.error(PoolLog.LOG, "a task of {} was cancelled, but not all that follows it", pool, noMemory);
            return true;
        }
    }

    /** Counts before anybody can know. */
    private boolean withdraw(Runnable task, AtomicLong count) {
        count.incrementAndGet();
        if (task instanceof PoolTask<?> poolTask) {
            if (!poolTask.withdraw()) {
                count.decrementAndGet();
                if (poolTask.isDead()) {
                    cancelled.incrementAndGet();
                    poolTask.settle();
                    backlog.metDead();
                }
                return false;
            }
        } else if (task instanceof Future<?> future) {
            Callbacks.run(PoolLog.LOG, "the cancellation of a future", () -> future.cancel(false));
        }
        return true;
    }

    /** Requires the lock. A snapshot. */
    PoolMetrics metrics(WorkerTotals totals, BlockedSubmitters submitters, TaskRun runs) {
        long completedInAll = totals.completed + completed.get();
        long failedInAll = totals.failed + failed.get();
        long cancelledInAll = totals.cancelled + cancelled.get();
        long refused = rejected.get();
        long submitted = backlog.accepted() + direct.get() + ranInCaller.get() + refused;
        return new PoolMetrics(
                submitted,
                completedInAll,
                failedInAll,
                cancelledInAll,
                refused,
                discarded.get(),
                abandoned.get(),
                backlog.size() + totals.holding,
                backlog.peak(),
                totals.working - totals.holding,
                totals.workers,
                submitters.count(),
                runs.queueTimes.snapshot(),
                runs.runTimes.snapshot(),
                totals.lifeNanos == 0 ? 0 : Math.min(1.0, (double) totals.busyNanos / totals.lifeNanos));
    }
}

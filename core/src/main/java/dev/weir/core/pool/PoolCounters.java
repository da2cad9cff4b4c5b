package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for the tasks. What goes through a queue to a worker, which is nearly all, the queue and the workers count
 * themselves; here is the rest.
 */
final class PoolCounters {
    private final PoolEngine engine;

    /** Given to a worker that was started for it. */
    final AtomicLong direct = new AtomicLong();

    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong discarded = new AtomicLong();
    private final AtomicLong abandoned = new AtomicLong();

    /** Found dead by others than workers. */
    final AtomicLong cancelled = new AtomicLong();

    /** Never in a queue. */
    final AtomicLong ranInCaller = new AtomicLong();

    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    PoolCounters(PoolEngine engine) {
        this.engine = engine;
    }

    /** A task was run in another thread than a worker's, or inside another task of a worker. */
    void ranElsewhere(TaskRun.Result result) {
        switch (result) {
            case RAN -> completed.incrementAndGet();
            case FAILED -> {
                failed.incrementAndGet();
                completed.incrementAndGet();
            }
            case CANCELLED -> cancelled.incrementAndGet();
            case DEAD, ELSEWHERE -> {} // whoever finds it in the queue, or runs it, counts it
        }
    }

    /** Tasks have left the queue that had ended before. */
    void left(List<Runnable> ended) {
        for (Runnable task : ended) {
            if (task instanceof PoolTask<?> special && special.isDead()) {
                cancelled.incrementAndGet();
            }
        }
    }
    /** Ends tasks that were accepted and will not be run. Returns those that had not ended anyway. */
    List<Entry> abandon(List<Entry> entries) {
        List<Entry> ended = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            if (withdraw(entry.task(), abandoned)) {
                ended.add(entry);
            }
        }
        return ended;
    }

    RejectedExecutionException reject(Runnable task, String why, @Nullable Throwable cause) {
        rejected.incrementAndGet();
        if (task instanceof PoolTask<?> special) {
            special.withdraw();
        }
        return new RejectedExecutionException(engine.name + " " + why, cause);
    }

    /** Ends a task that gives way to another one. */
    void discard(Runnable victim) {
        withdraw(victim, discarded);
    }

    /** Counts before anybody can know. Returns false if the task has begun or ended before. */
    private boolean withdraw(Runnable task, AtomicLong count) {
        count.incrementAndGet();
        if (task instanceof PoolTask<?> special) {
            if (!special.withdraw()) {
                count.decrementAndGet();
                left(List.of(special));
                return false;
            }
        } else if (task instanceof Future<?> future) {
            engine.guard("the cancellation of a task", () -> future.cancel(false));
        }
        return true;
    }

    /** A snapshot. */
    PoolMetrics metrics() {
        engine.lock.lock();
        try {
            WorkerSet.Totals totals = engine.crew.totals(); // before what was submitted, so that no more ended than began
            long word = engine.census.read();
            long refused = rejected.get();
            long submitted =
                    engine.backlog.accepted() + engine.keyed.accepted() + direct.get() + ranInCaller.get() + refused;
            return new PoolMetrics(
                    submitted,
                    totals.completed() + completed.get(),
                    totals.failed() + failed.get(),
                    totals.cancelled() + cancelled.get(),
                    refused,
                    discarded.get(),
                    abandoned.get(),
                    engine.backlog.size() + engine.keyed.waiting(),
                    Math.max(engine.backlog.peak(), engine.keyed.peak()),
                    WorkerCounts.workers(word) - WorkerCounts.idle(word),
                    WorkerCounts.workers(word),
                    engine.submitters.count(),
                    engine.run.queueTimes.snapshot(),
                    engine.run.runTimes.snapshot(),
                    totals.lifeNanos() == 0 ? 0 : Math.min(1.0, (double) totals.busyNanos() / totals.lifeNanos()));
        } finally {
            engine.lock.unlock();
        }
    }
}

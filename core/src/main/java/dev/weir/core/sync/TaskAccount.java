package dev.weir.core.sync;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Name;
import dev.weir.core.pool.TaskRejectedException;
import java.util.Collection;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What became of the tasks of a {@link KeyedExecutor}: counts, places, and the failures that no future shows. */
final class TaskAccount {
    private static final Logger LOG = LoggerFactory.getLogger(KeyedExecutor.class);

    final Name name;

    /** Each task that waits in a queue holds one. */
    final ResizableSemaphore places;

    final LongAdder submitted = new LongAdder();
    final LongAdder running = new LongAdder();
    final LongAdder completed = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder discarded = new LongAdder();
    final LongAdder abandoned = new LongAdder();
    private final @Nullable BiConsumer<? super Runnable, ? super Throwable> failureHandler;

    TaskAccount(
            Name name,
            ResizableSemaphore places,
            @Nullable BiConsumer<? super Runnable, ? super Throwable> failureHandler) {
        this.name = name;
        this.places = places;
        this.failureHandler = failureHandler;
    }

    /** A task that was not yet counted as submitted is refused. */
    TaskRejectedException reject(TaskRejectedException.Reason reason, String why, @Nullable Throwable cause) {
        submitted.increment();
        rejected.increment();
        return new TaskRejectedException(reason, name + " " + why, cause);
    }

    /** Gives up tasks that nobody will run: all of them, before any foreign code runs. */
    void abandon(Collection<KeyedTask<?>> tasks, @Nullable Throwable cause) {
        if (tasks.isEmpty()) {
            return;
        }
        RejectedExecutionException reason = new RejectedExecutionException(
                name + " never runs this task: its executor " + (cause == null ? "dropped it" : "was stopped"), cause);
        for (KeyedTask<?> task : tasks) {
            task.abandon(reason);
        }
        for (KeyedTask<?> task : tasks) {
            task.reportAbandoned(reason);
        }
    }

    void fail(Runnable task, Throwable failure) {
        if (failureHandler == null) {
            Callbacks.error(LOG, "a task of {} failed: {}", name, task, failure);
            return;
        }
        try {
            failureHandler.accept(task, failure);
        } catch (Throwable broken) {
            Callbacks.error(LOG, "a task of {} failed: {}", name, task, failure);
            Callbacks.error(LOG, "and so did the failure handler of {}", name, broken);
        }
    }

    void logFailure(Throwable failure) {
        Callbacks.error(LOG, "a task of {} has ended, but not all that follows it", name, failure);
    }

    void logExecutorFailure(Throwable failure) {
        Callbacks.error(LOG, "the executor of {} failed, but has run the task", name, failure);
    }

    KeyedExecutorMetrics metrics(int keys) {
        long hasCompleted = completed.sum();
        long wasCancelled = cancelled.sum();
        long wasRejected = rejected.sum();
        long wasDiscarded = discarded.sum();
        long wasAbandoned = abandoned.sum();
        return new KeyedExecutorMetrics(
                submitted.sum(), // after the others, so that no more have ended than were submitted
                hasCompleted,
                failed.sum(),
                wasCancelled,
                wasRejected,
                wasDiscarded,
                wasAbandoned,
                places.size() - places.available(),
                running.intValue(),
                keys,
                places.waiting());
    }

    void cancel(Future<?> future) {
        Callbacks.run(LOG, "the cancellation of a task of " + name, () -> future.cancel(false));
    }
}

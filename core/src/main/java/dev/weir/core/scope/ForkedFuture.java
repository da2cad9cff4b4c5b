package dev.weir.core.scope;

import dev.weir.core.internal.wait.HandedTask;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A task as an executor gets it. An executor that drops the task cancels this, and so the scope hears of it. */
final class ForkedFuture extends HandedTask {
    private volatile @Nullable ForkedTask<?> task; // until it has ended, for a queue may hold this longer

    ForkedFuture(Executor executor, ForkedTask<?> task) {
        super(executor, task);
        this.task = task;
    }

    @Override
    protected void done() {
        ForkedTask<?> ended = task;
        task = null;
        if (ended != null && isCancelled()) {
            ended.dropped();
        }
    }
}

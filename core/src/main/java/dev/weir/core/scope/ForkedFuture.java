package dev.weir.core.scope;

import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** A task as an executor gets it: one that drops it, and cancels what it drops as a pool should, tells the scope so. */
final class ForkedFuture extends FutureTask<@Nullable Void> {
    private final ForkedTask<?> task;

    @SuppressWarnings("NullAway") // the result is nobody's
    ForkedFuture(ForkedTask<?> task) {
        super(task, null);
        this.task = task;
    }

    @Override
    protected void done() {
        if (isCancelled()) {
            task.dropped();
        }
    }
}

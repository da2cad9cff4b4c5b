package dev.weir.core.pool;

import dev.weir.core.Deadline;
import java.util.Collection;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What a worker does that calls its own pool and would wait for it. */
final class OwnWorker {
    private OwnWorker() {}

    /** One after the other until one succeeds, and none after the deadline. */
    static <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks, Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("there must be a task");
        }
        ExecutionException failed = null;
        for (Callable<T> task : tasks) {
            if (task == null) {
                throw new NullPointerException("a task is null");
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            deadline.check();
            try {
                return task.call();
            } catch (InterruptedException interrupt) {
                throw interrupt;
            } catch (Throwable failure) {
                if (failed == null) {
                    failed = new ExecutionException(failure);
                } else if (failed.getCause() != failure) {
                    failed.addSuppressed(failure);
                }
            }
        }
        throw failed;
    }
}

package dev.weir.core.pool;

import dev.weir.core.Deadline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * {@code invokeAny} for a caller that is none of the pool's workers. The JDK's hands in futures within futures, of which
 * the pool would cancel the outer ones only, and the caller would wait for the inner ones for ever.
 */
final class FirstSuccess {
    private FirstSuccess() {}

    static <T extends @Nullable Object> T of(
            PoolEngine engine, Collection<? extends Callable<T>> tasks, Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("there must be a task");
        }
        Thread caller = Thread.currentThread();
        Queue<PoolTask<T>> ended = new ConcurrentLinkedQueue<>();
        List<PoolTask<T>> begun = new ArrayList<>(tasks.size());
        Iterator<? extends Callable<T>> rest = tasks.iterator();
        int results = 0;
        ExecutionException failed = null;
        try {
            while (true) {
                PoolTask<T> first = ended.poll();
                if (first != null) {
                    results++;
                    try {
                        return first.get();
                    } catch (ExecutionException failure) {
                        failed = failure;
                    } catch (CancellationException failure) {
                        failed = new ExecutionException(failure);
                    }
                } else if (rest.hasNext()) {
                    Callable<T> task = Objects.requireNonNull(rest.next(), "task");
                    PoolTask<T> next = engine.tasks.future(task, task, TaskOptions.none());
                    next.whenDone(() -> {
                        ended.add(next);
                        LockSupport.unpark(caller);
                    });
                    begun.add(next);
                    engine.execute(next);
                } else if (failed != null && results == begun.size()) {
                    throw failed;
                } else {
                    deadline.check();
                    deadline.parkUntilExpired(engine);
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
            }
        } finally {
            begun.forEach(task -> task.cancel(true));
        }
    }
}

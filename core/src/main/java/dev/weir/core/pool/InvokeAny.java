package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
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
 * One {@code invokeAny}: the first success of several tasks. The JDK's hands in futures within futures, of which the
 * pool would cancel the outer ones only, and the caller would wait for the inner ones for ever.
 */
final class InvokeAny<T extends @Nullable Object> {
    private final PoolEngine engine;
    private final Collection<? extends Callable<T>> tasks;
    private final Deadline deadline;
    private final Thread caller = Thread.currentThread();
    private final Queue<PoolTask<T>> ended = new ConcurrentLinkedQueue<>();
    private final List<PoolTask<T>> begun = new ArrayList<>();
    private @Nullable ExecutionException failed;
    private int results;

    /** When the caller last began to wait, or 0; its own, and read racily by what describes the wait. */
    private int waitsSince;

    InvokeAny(PoolEngine engine, Collection<? extends Callable<T>> tasks, Deadline deadline) {
        this.engine = engine;
        this.tasks = Objects.requireNonNull(tasks, "tasks");
        this.deadline = deadline;
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("tasks must not be empty");
        }
    }

    T run() throws InterruptedException, ExecutionException, TimeoutException {
        return engine.isInWorker() ? runHere() : runInPool();
    }

    /** In a worker of the pool, which must not wait for it: one after the other, and none after the deadline. */
    private T runHere() throws InterruptedException, ExecutionException, TimeoutException {
        for (Callable<T> task : tasks) {
            Objects.requireNonNull(task, "task");
            Interrupts.throwIfInterrupted();
            deadline.check();
            try {
                T result = task.call();
                deadline.check();
                return result;
            } catch (InterruptedException | TimeoutException end) { // the caller's, or a failure of the task
                if (end instanceof InterruptedException ? engine.isInterruptedInWorker() : deadline.isExpired()) {
                    throw end;
                }
                note(end);
            } catch (Throwable failure) {
                note(failure);
            }
        }
        throw Objects.requireNonNull(failed);
    }

    private void note(Throwable failure) {
        if (failed == null) {
            failed = new ExecutionException(failure);
        } else if (failed.getCause() != failure) {
            Suppressed.attach(failed, failure);
        }
    }

    private T runInPool() throws InterruptedException, ExecutionException, TimeoutException {
        Iterator<? extends Callable<T>> rest = tasks.iterator();
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
                    begin(Objects.requireNonNull(rest.next(), "task"));
                } else if (failed != null && results == begun.size()) {
                    throw failed;
                } else {
                    awaitOne();
                }
            }
        } finally {
            begun.forEach(task -> task.cancel(true));
        }
    }

    private void begin(Callable<T> task) throws InterruptedException, TimeoutException {
        PoolTask<T> next = engine.tasks.future(task, task, TaskOptions.none(), PoolTask.Failures.INTERNAL);
        next.whenDone(() -> {
            ended.add(next);
            LockSupport.unpark(caller);
        });
        begun.add(next);
        if (!engine.acceptBefore(deadline, next)) {
            throw new TimeoutException("no task has succeeded in time");
        }
    }

    private void awaitOne() throws InterruptedException, TimeoutException {
        if (waitsSince == 0) {
            waitsSince = WaitText.now();
        }
        switch (Waiter.await(() -> !ended.isEmpty(), this, deadline)) {
            case INTERRUPTED -> Interrupts.throwIfInterrupted();
            case EXPIRED -> throw new TimeoutException("no task has succeeded in time");
            case SIGNALLED -> {}
        }
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        return "WorkerPool " + engine.state.name + ": invokeAny, of which " + results + " tasks have failed"
                + WaitText.sole(caller, waitsSince);
    }
}

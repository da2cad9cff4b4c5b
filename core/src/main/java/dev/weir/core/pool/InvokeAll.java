package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One {@code invokeAll}: all tasks are done when it returns, by themselves or, at the deadline, by a cancel. */
final class InvokeAll<T extends @Nullable Object> {
    private final PoolEngine engine;
    private final Deadline deadline;
    private final Thread caller = Thread.currentThread();
    private final List<PoolTask<T>> futures;

    /** When the caller began to wait, or 0; its own, and read racily by what describes the wait. */
    private int waitsSince;

    InvokeAll(PoolEngine engine, Collection<? extends Callable<T>> tasks, Deadline deadline) {
        this.engine = engine;
        this.deadline = deadline;
        this.futures = new ArrayList<>();
        for (Callable<T> task : Objects.requireNonNull(tasks, "tasks")) {
            Objects.requireNonNull(task, "task");
            PoolTask<T> future = engine.tasks.future(task, task, TaskOptions.none());
            future.whenDone(() -> LockSupport.unpark(caller));
            futures.add(future);
        }
    }

    List<Future<T>> run() throws InterruptedException {
        boolean complete = false;
        try {
            complete = submitAll() && awaitAll();
        } finally {
            if (!complete) {
                futures.forEach(future -> future.cancel(true));
            }
        }
        return new ArrayList<>(futures);
    }

    private boolean submitAll() throws InterruptedException {
        for (PoolTask<T> future : futures) {
            if (deadline.isExpired() || !engine.acceptBefore(deadline, future)) {
                return false;
            }
        }
        return true;
    }

    private boolean awaitAll() throws InterruptedException {
        waitsSince = WaitText.now();
        for (PoolTask<T> future : futures) {
            boolean counted = deadline.isNever() && future.enterWait();
            try {
                Waiter.End end = Waiter.await(future::isDone, this, deadline);
                if (end == Waiter.End.INTERRUPTED) {
                    Interrupts.throwIfInterrupted();
                } else if (end == Waiter.End.EXPIRED) {
                    return false;
                }
            } finally {
                if (counted) {
                    future.leaveWait();
                }
            }
        }
        return true;
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        return "WorkerPool " + engine.state.name + ": invokeAll of " + futures.size() + " tasks"
                + WaitText.sole(caller, waitsSince);
    }
}

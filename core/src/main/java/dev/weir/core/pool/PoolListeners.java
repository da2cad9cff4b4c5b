package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Calls the listeners of a pool, each behind a guard. */
final class PoolListeners implements PoolEvents {
    private final String what;
    private final List<WorkerPoolListener> listeners;
    private @Nullable WorkerPool pool;

    PoolListeners(String pool, List<WorkerPoolListener> listeners) {
        this.what = "a listener of " + pool;
        this.listeners = List.copyOf(listeners);
    }

    /** Once, before the pool is used. */
    void of(WorkerPool built) {
        pool = built;
    }

    @Override
    public void saturated() {
        notifyAll((listener) -> listener.onSaturated(pool()));
    }

    @Override
    public void resized(int minWorkers, int maxWorkers, int queueCapacity) {
        notifyAll(listener -> listener.onResized(pool(), minWorkers, maxWorkers, queueCapacity));
    }

    @Override
    public void slowTask(String task, Duration queued, Duration ran) {
        notifyAll(listener -> listener.onSlowTask(pool(), task, queued, ran));
    }

    @Override
    public void stillRunning(String task, Duration ran, List<StackTraceElement> stack) {
        notifyAll(listener -> listener.onTaskStillRunning(pool(), task, ran, stack));
    }

    @Override
    public void stalled(Duration since, List<Thread> workers) {
        notifyAll(listener -> listener.onStalled(pool(), since, workers));
    }

    private WorkerPool pool() {
        if (pool == null) {
            throw new IllegalStateException("not built");
        }
        return pool;
    }

    private void notifyAll(Consumer<WorkerPoolListener> event) {
        for (WorkerPoolListener listener : listeners) {
            Callbacks.run(PoolLog.LOG, what, () -> event.accept(listener));
        }
    }
}

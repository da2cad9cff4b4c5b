package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.pool.ShutdownReport.Unfinished;
import dev.weir.core.pool.TaskQueue.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pool.
 *
 * <pre>
 *   open --shutdown--&gt; shut down --no worker, no task left--&gt; terminated
 *                         \--stop: tasks are taken away, workers interrupted--/
 * </pre>
 */
final class Termination {
    private final PoolEngine engine;
    private final ReentrantLock lock;

    // Guarded by the lock.
    private final List<Thread> awaitingEnd = new ArrayList<>();

    /** Written under the lock. */
    private volatile boolean shutdown;

    private volatile boolean terminated;

    Termination(PoolEngine engine) {
        this.engine = engine;
        this.lock = engine.lock;
    }

    void shutdown() {
        lock.lock();
        try {
            shutdown = true;
            engine.backlog.close();
            engine.keyed.close();
            engine.crew.shutdown();
            signalIfOver();
        } finally {
            lock.unlock();
        }
        engine.submitters.signalAll();
        engine.ensureWorkers();
    }

    private record Running(PoolWorker worker, @Nullable Thread thread, Runnable task, long startedNanos) {}

    ShutdownReport stop() {
        shutdown();
        List<Entry> waiting;
        List<Running> running = new ArrayList<>();
        long now = engine.clocks.roughNanos();
        lock.lock();
        try {
            engine.crew.flags |= WorkerSet.STOPPED;
            waiting = engine.backlog.drain();
            for (PoolTask<?> task : engine.keyed.drain()) {
                waiting.add(new Entry(task, task.createdNanos));
            }
            for (PoolWorker worker : engine.crew.list()) {
                Runnable task = worker.task();
                if (task != null) {
                    running.add(new Running(worker, worker.thread, task, worker.startedNanos()));
                }
            }
            signalIfOver();
        } finally {
            lock.unlock();
        }
        List<Unfinished> unfinished = new ArrayList<>();
        for (Running each : running) {
            // Not under the lock: it stops the thread.
            List<StackTraceElement> stack = each.thread == null ? List.of() : List.of(each.thread.getStackTrace());
            unfinished.add(unfinished(each.task, true, now - each.startedNanos, stack));
        }
        engine.crew.interrupt(running.stream().map(Running::worker).toList());
        for (Entry entry : engine.tally.abandon(waiting)) {
            unfinished.add(unfinished(entry.task(), false, now - entry.submittedNanos(), List.of()));
        }
        return new ShutdownReport(unfinished);
    }

    private Unfinished unfinished(Runnable task, boolean started, long age, List<StackTraceElement> stack) {
        Runnable shown = task instanceof PoolTask<?> special ? special.shown() : task;
        return new Unfinished(shown, engine.nameOf(task), started, Duration.ofNanos(Math.max(0, age)), stack);
    }

    boolean awaitTermination(Deadline deadline) throws InterruptedException {
        Thread self = Thread.currentThread();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        lock.lock();
        try {
            awaitingEnd.add(self);
        } finally {
            lock.unlock();
        }
        try {
            while (!terminated) {
                if (deadline.isExpired()) {
                    return terminated;
                }
                deadline.parkUntilExpired(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return true;
        } finally {
            lock.lock();
            try {
                awaitingEnd.remove(self);
            } finally {
                lock.unlock();
            }
        }
    }

    boolean isShutdown() {
        return shutdown;
    }

    boolean isTerminated() {
        return terminated;
    }

    /** Requires the lock. */
    void signalIfOver() {
        if (shutdown
                && !terminated
                && engine.crew.isEmpty()
                && engine.backlog.isEmpty()
                && engine.keyed.waiting() == 0) {
            terminated = true;
            awaitingEnd.forEach(LockSupport::unpark);
        }
    }
}

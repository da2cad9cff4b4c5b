package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Taken;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One worker: takes tasks and runs them, until the crew ends it. */
final class PoolWorker implements Runnable {
    /** Stands for a task that is about to be taken, whichever it will be. */
    static final Object TAKING = new Object();

    private static final long TAKEN_SOON_NANOS = 20_000;

    private static final ThreadLocal<@Nullable PoolWorker> CURRENT = new ThreadLocal<>();
    private static final VarHandle TASK;
    private static final VarHandle COMPLETED;
    private static final VarHandle FAILED;
    private static final VarHandle CANCELLED;
    private static final VarHandle STARTED_NANOS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TASK = lookup.findVarHandle(PoolWorker.class, "task", Object.class);
            COMPLETED = lookup.findVarHandle(PoolWorker.class, "completed", long.class);
            FAILED = lookup.findVarHandle(PoolWorker.class, "failed", long.class);
            CANCELLED = lookup.findVarHandle(PoolWorker.class, "cancelled", long.class);
            STARTED_NANOS = lookup.findVarHandle(PoolWorker.class, "startedNanos", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Whether it was started for a task; otherwise it begins by searching. */
    final boolean hasFirst;

    private final WorkerSet crew;
    private final PoolEngine engine;
    private final Taken taken = new Taken();
    private final long createdNanos;

    /** Set before the thread is started. */
    volatile @Nullable Thread thread;

    /** Whether somebody has woken it, after it parked; written under the pool's lock. */
    volatile boolean woken;

    /** Whether the thread has begun; guarded by the pool's lock. */
    boolean claimed;

    /** The task that this worker's task waits for; guarded by the pool's lock. */
    @Nullable
    PoolTask<?> waitsFor;

    /** What the tasks wait for that are further down the stack, if this one runs others while it waits. */
    @Nullable
    Wait waitsBefore;

    record Wait(PoolTask<?> task, @Nullable Wait before) {}

    /**
     * What it runs, {@link #TAKING}, or null. Written by release: TAKING is to be seen by whoever froze the queue after
     * this worker moved the head, and a task together with what it was taken with.
     */
    @SuppressWarnings("unused")
    private @Nullable Object task;

    // Written by this worker alone, read by others: opaque, as all that is asked is a recent value.
    long completed;
    long failed;
    long cancelled;

    @SuppressWarnings("unused")
    private long startedNanos;

    private volatile long busyNanos;
    private volatile long busySince;
    private volatile boolean busy;

    /** Whether it has searched, so that it has to wake the next one when it finds more than it takes. */
    private boolean searched;

    private boolean firstNext;

    PoolWorker(WorkerSet crew, PoolEngine engine, @Nullable Runnable first) {
        this.crew = crew;
        this.engine = engine;
        this.hasFirst = first != null;
        this.task = first;
        this.createdNanos = crew.clocks.roughNanosOr(0);
        this.busy = first != null;
        this.busySince = createdNanos;
        this.startedNanos = createdNanos;
    }

    /** The worker whose thread this is, of whichever pool. */
    static @Nullable PoolWorker current() {
        return CURRENT.get();
    }

    boolean isOf(PoolEngine pool) {
        return engine == pool;
    }

    boolean isVirtual() {
        return Thread.currentThread().isVirtual();
    }

    @Override
    public void run() {
        if (!crew.claim(this)) {
            return;
        }
        CURRENT.set(this);
        boolean forgotten = false;
        try {
            forgotten = work();
        } finally {
            CURRENT.remove();
            if (!forgotten) {
                crew.died(this, busy ? 0 : WorkerCounts.SEARCHING);
            }
        }
    }

    /** Returns true when the crew has forgotten this worker. */
    private boolean work() {
        Runnable first = task(); // and not a field of its own, which would hold it for ever
        if (first != null) {
            taken.submittedNanos = createdNanos;
            if ((crew.flags & WorkerSet.PAUSED) == 0 || !engine.giveBack(this, first, createdNanos)) {
                runTaken(first);
            }
            first = null;
        } else if (!search()) {
            return true;
        }
        while (true) {
            if ((crew.flags & WorkerSet.EXCESS) != 0 && crew.endIfExcess(this)) {
                return true;
            }
            Runnable next = take();
            if (next != null) {
                runTaken(next);
            } else if (!beginSearch()) {
                return true;
            }
        }
    }

    private @Nullable Runnable take() {
        firstNext = !firstNext; // in turns, so that neither starves
        Runnable next = firstNext ? engine.takeFirst(this, taken) : null;
        if (next == null) {
            TASK.setRelease(this, TAKING);
            if (engine.backlog.poll(taken)) {
                next = taken.task;
                taken.task = null;
            }
            TASK.setRelease(this, next);
            if (next == null && !firstNext) {
                next = engine.takeFirst(this, taken);
            }
            if (next == null) {
                return null;
            }
        }
        // After the task was taken: what was submitted after a pause began must not be run in it.
        if ((crew.flags & WorkerSet.PAUSED) != 0 && engine.giveBack(this, next, taken.submittedNanos)) {
            return null;
        }
        engine.submitters.signalIfWorthwhile();
        if (searched) {
            searched = false;
            crew.signalIfNeeded();
        }
        return next;
    }

    private boolean beginSearch() {
        crew.census.add(WorkerCounts.SEARCHING);
        engine.submitters.signalIfWaiting(); // a queue without capacity has got room
        engine.overload.over();
        return search();
    }

    private boolean search() {
        if (busy) {
            long now = crew.clocks.roughNanosOr(busySince);
            long total = busyNanos;
            busyNanos = total + (now - busySince);
            busy = false;
        }
        if (!crew.awaitWork(this)) {
            return false;
        }
        crew.census.add(-WorkerCounts.SEARCHING);
        searched = true;
        busySince = crew.clocks.roughNanosOr(busySince);
        busy = true;
        return true;
    }

    private void runTaken(Runnable next) {
        // An interrupt meant the task before, unless it was the pool's own.
        if (Thread.interrupted() && (crew.flags & WorkerSet.STOPPED) != 0) {
            Thread.currentThread().interrupt();
        }
        STARTED_NANOS.setOpaque(this, crew.clocks.roughNanosOr(taken.submittedNanos));
        TaskRun.Result result = engine.run.run(next, taken.submittedNanos, taken.sampled);
        if (result.hasRun()) {
            if (result == TaskRun.Result.FAILED) {
                FAILED.setOpaque(this, failed + 1);
            }
            COMPLETED.setOpaque(this, completed + 1);
        } else if (result != TaskRun.Result.ELSEWHERE) {
            CANCELLED.setOpaque(this, cancelled + 1);
        }
    }

    /** Requires the pool's lock. */
    void setTask(@Nullable Runnable next) {
        TASK.setRelease(this, next);
    }

    /** What it runs, or is about to run; waits out the moment in which that is not known. */
    @Nullable
    Runnable task() {
        Object now = TASK.getAcquire(this);
        while (now == TAKING) {
            // No yield: one virtual thread that yields can keep the only carrier from another that got a lock.
            LockSupport.parkNanos(this, TAKEN_SOON_NANOS);
            now = TASK.getAcquire(this);
        }
        return (Runnable) now;
    }

    long startedNanos() {
        return (long) STARTED_NANOS.getOpaque(this);
    }

    long completed() {
        return (long) COMPLETED.getOpaque(this);
    }

    long failed() {
        return (long) FAILED.getOpaque(this);
    }

    long cancelled() {
        return (long) CANCELLED.getOpaque(this);
    }

    long busyNanos(long now) {
        return busyNanos + (busy ? Math.max(0, now - busySince) : 0);
    }

    long lifeNanos(long now) {
        return Math.max(0, now - createdNanos);
    }
}

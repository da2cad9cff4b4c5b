package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.pool.TaskQueue.Taken;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One worker: takes tasks and runs them, until the {@link WorkerSet} ends it. */
final class PoolWorker extends Waiter implements Runnable, RunSite {
    /** Stands for a task that is about to be taken, whichever it will be. */
    static final Object TAKING = new Object();

    private static final Duration TAKEN_SOON = Duration.ofNanos(20_000);

    private static final VarHandle TASK = handle("task", Object.class);
    private static final VarHandle COMPLETED = handle("completed", long.class);
    private static final VarHandle FAILED = handle("failed", long.class);
    private static final VarHandle CANCELLED = handle("cancelled", long.class);
    private static final VarHandle STARTED_NANOS = handle("startedNanos", long.class);

    private static VarHandle handle(String field, Class<?> type) {
        return ConstantBootstraps.fieldVarHandle(
                MethodHandles.lookup(), field, VarHandle.class, PoolWorker.class, type);
    }

    /** Whether it was started for a task; otherwise it begins by searching. */
    final boolean hasFirst;

    private final PoolState state;
    private final Backlog backlog;
    private final WorkerSet workers;
    private final WorkerStarter starter;
    private final BlockedSubmitters submitters;
    private final StallWatch stalls;
    private final TaskRun runs;
    private final PoolCounters counters;
    private final Taken taken = new Taken();
    private final InterruptGuard guard = new InterruptGuard();

    /** Its section is the life of the worker; interrupted when the pool is stopped. */
    private final InterruptGuard life = new InterruptGuard();

    private final WorkerThread self;
    private final long createdNanos;

    /** Whether the thread has begun; guarded by the pool's lock. */
    boolean hasClaimed;

    /** Whether it keeps its task until a pause ends; guarded by the pool's lock. */
    boolean isHolding;

    /**
     * What it runs, {@link #TAKING}, or null. Written by release: TAKING is to be seen by the thread that froze the
     * queue after this worker moved the head, and a task together with what it was taken with.
     */
    @SuppressWarnings("unused")
    private @Nullable Object task;

    // Written by this worker alone, read by others: opaque, as all that is asked is a recent value.
    private long completed;
    private long failed;
    private long cancelled;

    @SuppressWarnings("unused")
    private long startedNanos;

    private volatile long busyNanos;
    private volatile long busySince;
    private volatile boolean busy;

    /** When the task began that was last reported as slow; of the thread that reports. */
    long reportedNanos;

    /** Whether it has searched, so that it has to wake the next one when it finds more than it takes. */
    private boolean searched;

    PoolWorker(
            PoolState state,
            Backlog backlog,
            WorkerSet workers,
            WorkerStarter starter,
            BlockedSubmitters submitters,
            StallWatch stalls,
            TaskRun runs,
            PoolCounters counters,
            @Nullable Runnable first) {
        super(null); // until its thread has begun
        this.state = state;
        this.backlog = backlog;
        this.workers = workers;
        this.starter = starter;
        this.submitters = submitters;
        this.stalls = stalls;
        this.runs = runs;
        this.counters = counters;
        this.self = new WorkerThread(state, guard); // here, where nothing is lost if there is no memory
        this.hasFirst = first != null;
        this.task = first;
        this.createdNanos = state.clocks.roughNanosOr(0);
        this.busy = first != null;
        this.busySince = createdNanos;
        this.startedNanos = createdNanos;
        this.taken.tag = createdNanos;
        this.reportedNanos = ~createdNanos; // none
    }

    @Override
    public void run() {
        if (!workers.claim(this)) {
            return;
        }
        boolean forgotten = false;
        try {
            forgotten = work();
        } catch (Throwable failure) { // of the JVM, for want of memory
            Runnable mine = taken.element;
            if (mine != null) {
                taken.element = null;
                starter.lost(mine, failure);
            }
            throw failure;
        } finally {
            end(forgotten);
        }
    }

    /** Each step is taken also if there is no memory for the one before. */
    private void end(boolean forgotten) {
        try {
            if (!forgotten) {
                workers.died(this, busy ? 0 : WorkerCounts.SEARCHING);
            }
        } finally {
            try {
                WorkerThread.leave();
                life.end();
            } finally {
                starter.ensureWorkers(); // those that are left may all wait for tasks of the pool
                if (!forgotten) {
                    submitters.signalIfWaiting(); // there may be another one in its place
                }
            }
        }
    }

    /** Requires the pool's lock; by its own thread, which is about to run it. */
    void begin() {
        hasClaimed = true;
        renew(); // for this thread
        long unused = life.begin();
    }

    /** Returns true when the set has forgotten this worker. */
    private boolean work() {
        if (hasFirst) {
            Runnable first = task();
            if (first != null) { // else a stop has taken it away
                runTaken(first, true);
            }
        } else {
            self.enter();
            if (!search()) {
                return true;
            }
        }
        while (true) {
            if (state.has(PoolState.EXCESS) && workers.endIfExcess(this)) {
                return true;
            }
            Runnable next = take();
            if (next != null) {
                runTaken(next, false);
            } else if (!beginSearch()) {
                return true;
            }
        }
    }

    private @Nullable Runnable take() {
        if (state.isPaused()) {
            return null;
        }
        has(TAKING);
        Runnable next = backlog.poll(taken) ? taken.element : null;
        has(next);
        taken.element = null; // last: until then it is found there if this ends in between
        return next;
    }

    /** One call of the handle for all: the first of each kind links it, for which there may be no memory. */
    private void has(@Nullable Object what) {
        TASK.setRelease(this, what);
    }

    private boolean beginSearch() {
        state.counts.add(WorkerCounts.SEARCHING);
        submitters.signalIfWaiting(); // a queue without capacity has got room
        if (state.saturated) {
            state.saturated = false;
        }
        return search();
    }

    private boolean search() {
        if (busy) {
            long now = state.clocks.roughNanosOr(busySince);
            long total = busyNanos;
            busyNanos = total + (now - busySince);
            busy = false;
        }
        if (!workers.awaitWork(this)) {
            return false;
        }
        state.counts.add(-WorkerCounts.SEARCHING);
        searched = true;
        busySince = state.clocks.roughNanosOr(busySince);
        busy = true;
        return true;
    }

    /** Runs a task that this worker has, and nobody else. */
    private void runTaken(Runnable mine, boolean first) {
        long ended = completed + cancelled;
        Runnable next = mine;
        try {
            if (first) {
                self.enter();
            }
            // After the task was taken: what was submitted after a pause began must not be run in it.
            if (state.has(PoolState.PAUSED | PoolState.LEFT)) {
                submitters.signalIfWorthwhile(); // before the hold: its place in the queue is free
                next = unlessLeft(workers.holdWhilePaused(this));
            }
            if (!first) {
                signalOthers();
            }
            if (next != null) {
                run(next);
            }
        } catch (Throwable failure) { // of the JVM, for want of memory; a task's own does not get here
            if (next != null && completed + cancelled == ended) {
                starter.lost(next, failure);
            }
            throw failure;
        }
    }

    /** Returns null if the worker must not begin the task, which has ended then. */
    private @Nullable Runnable unlessLeft(@Nullable Runnable next) {
        if (next == null || !state.has(PoolState.LEFT)) {
            return next;
        }
        has(null);
        counters.abandon(next);
        return null;
    }

    private void signalOthers() {
        submitters.signalIfWorthwhile();
        if (searched) {
            searched = false;
            workers.signalIfNeeded();
            stalls.watch(); // with the last idle worker, the pool may have come to a stand
        }
    }

    private void run(Runnable next) {
        // An interrupt meant the task before, unless it was the pool's own.
        if (Thread.interrupted() && state.has(PoolState.STOPPED)) {
            Thread.currentThread().interrupt();
        }
        STARTED_NANOS.setOpaque(this, state.clocks.roughNanosOr(taken.tag));
        boolean sampled = taken.sampled;
        taken.sampled = false;
        runs.run(next, taken.tag, sampled, this);
    }

    // ---- as the place where a task runs

    @Override
    public InterruptGuard guard() {
        return guard;
    }

    @Override
    public boolean isWorker() {
        return true;
    }

    @Override
    public void completed(boolean hasFailed) {
        if (hasFailed) {
            FAILED.setOpaque(this, failed + 1);
        }
        COMPLETED.setOpaque(this, completed + 1);
    }

    @Override
    public void neverBegan() {
        CANCELLED.setOpaque(this, cancelled + 1);
    }

    // ---- for others

    /** Requires the pool's lock; of a worker that does not run what it has. */
    void setTask(@Nullable Runnable next) {
        has(next);
    }

    /** What it runs, or is about to run; waits out the moment in which that is not known. */
    @Nullable
    Runnable task() {
        Object now = TASK.getAcquire(this);
        while (now == TAKING) {
            // No yield: one virtual thread that yields can keep the only carrier from another that got a lock.
            Waiter.awaitUninterruptibly(() -> TASK.getAcquire(this) != TAKING, this, Deadline.after(TAKEN_SOON));
            now = TASK.getAcquire(this);
        }
        return (Runnable) now;
    }

    /** What thread dumps show as waited for in {@link #task()}. */
    @Override
    public String toString() {
        return "WorkerPool " + state.name + ": what a worker is about to take";
    }

    /** What it runs, or null if that is not known, or nothing. */
    @Nullable
    Runnable taskOrNull() {
        Object now = TASK.getAcquire(this);
        return now == TAKING ? null : (Runnable) now;
    }

    /** Interrupts it, if it has begun and not ended. Throws nothing. */
    void interrupt() {
        boolean unused = life.interrupt();
    }

    /** When its task was submitted, of a worker that does not run it. */
    long submittedNanos() {
        return taken.tag;
    }

    long startedNanos() {
        return (long) STARTED_NANOS.getOpaque(this);
    }

    /** Adds what it has counted so far. */
    void addTo(WorkerTotals sum, long nowNanos) {
        sum.completed += (long) COMPLETED.getOpaque(this);
        sum.failed += (long) FAILED.getOpaque(this);
        sum.cancelled += (long) CANCELLED.getOpaque(this);
        sum.busyNanos += busyNanos + (busy ? Math.max(0, nowNanos - busySince) : 0);
        sum.lifeNanos += Math.max(0, nowNanos - createdNanos);
    }
}

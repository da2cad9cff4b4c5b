package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.TraceException;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A task with something about it: a future, options, a context. A plain {@code execute} needs none.
 *
 * <p><b>Interrupts</b>, of a cancel and of the limit, go through the {@link TaskBody}, and so reach the task's own code
 * or nothing: not its decorators, nor what depends on its future, nor the failure handler.
 *
 * <p><b>Memory.</b> A future that is done leads to its result alone.
 */
final class PoolTask<V extends @Nullable Object> extends LimitedTask<V> {
    /** Whose is a failure? */
    enum Failures {
        /** The task was executed: its failure goes to the handler. */
        EXECUTED,
        /** The user has the future: its failure goes to the handler if the future gives it to nobody. */
        FUTURE,
        /** The pool's own code has the future, and takes care of its failure. */
        INTERNAL
    }

    private static final int END_TRIES = 1_000;
    private static final long END_PAUSE_NANOS = 10_000_000;

    private final Failures whose;
    final long createdNanos;

    // Until the task has ended; the thread that runs it reads them first.
    private Object named;
    private @Nullable Runnable executed;
    private Contexts.@Nullable Snapshot context;
    private @Nullable TraceException submitter;
    private @Nullable Runnable decorated;
    private Callbacks.@Nullable Call whenDone;
    private @Nullable Future<?> within;

    private volatile boolean cancelInterrupts;

    // Of the thread that runs it.
    private @Nullable RunSite site;
    private volatile boolean outsideOfPool;

    PoolTask(
            TaskHome home,
            Callable<V> code,
            Object named,
            Failures whose,
            TaskOptions options,
            Contexts.@Nullable Snapshot context,
            @Nullable TraceException submitter) {
        super(home, new TaskBody<>(code), options);
        this.createdNanos = home.clocks().roughNanos();
        this.named = named;
        this.whose = whose;
        this.executed = whose == Failures.EXECUTED ? (Runnable) named : null;
        this.context = context;
        this.submitter = submitter;
    }

    // ---- before it is submitted

    void decorate(Runnable run) {
        decorated = run;
    }

    void whenDone(Callbacks.Call action) {
        whenDone = action;
    }

    /** Has another future cancelled if this task never begins. */
    void standsFor(Future<?> future) {
        within = future;
    }

    // ---- what it is

    boolean isOf(TaskHome pool) {
        return home == pool;
    }

    @Nullable
    String tenant() {
        return options.tenantOrNull();
    }

    int priority() {
        return options.priority();
    }

    /** What the user knows it as. */
    Runnable shown() {
        Runnable run = executed;
        return run != null ? run : this;
    }

    /** What the user knows a task as. */
    static Runnable shown(Runnable task) {
        return task instanceof PoolTask<?> own ? own.shown() : task;
    }

    /** What a task is called after; before it has ended, and forgets it. */
    static Object namedBy(Runnable task) {
        return task instanceof PoolTask<?> own ? own.namedBy() : task;
    }

    /** What it is called after: its name, or the object whose {@code toString()} is its name. */
    Object namedBy() {
        String name = options.nameOrNull();
        return name != null ? name : named;
    }

    String name() {
        return Callbacks.describe(namedBy());
    }

    @Override
    String safeName() {
        Object by = namedBy();
        return by instanceof String name ? name : by.getClass().getName();
    }

    // ---- its end without a beginning

    /**
     * Ends a task that is not in the queue any more, or never was.
     *
     * @return false if it has begun or ended before
     */
    boolean withdraw() {
        if (!die()) {
            return false;
        }
        cancel(false);
        return true;
    }

    /**
     * Ends a task that its submitter gets back, by an exception: what was wrapped is not cancelled, it may be tried
     * again.
     */
    boolean giveBack() {
        if (!die()) {
            return false;
        }
        executed = null;
        within = null;
        cancel(false);
        return true;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (mayInterruptIfRunning && !isDone()) {
            cancelInterrupts = true;
        }
        return super.cancel(false); // done() interrupts
    }

    // ---- its run

    /** By somebody who was given it as a {@link Runnable}: within another task, or in a thread of its own. */
    @Override
    public void run() {
        RunResult unused = runIfWaiting(RunSite.elsewhere());
    }

    /** Runs it, unless somebody has or it ended before. */
    RunResult runIfWaiting(RunSite where) {
        if (!claim()) {
            if (!isDead()) {
                return RunResult.ELSEWHERE;
            }
            settle();
            where.neverBegan();
            return RunResult.DEAD;
        }
        try {
            return runClaimed(where);
        } catch (Throwable brokenOff) { // by the JVM, for want of memory; what the task throws does not get here
            endBrokenOff(brokenOff);
            throw brokenOff;
        }
    }

    private RunResult runClaimed(RunSite where) {
        cancelQueueTimer();
        site = where;
        body.prepare(where.guard(), this);
        outsideOfPool = !where.isWorker();
        Future<?> inner = within;
        Runnable run = executed;
        Contexts.Snapshot own = context;
        Contexts.Installed installed = null;
        ScheduledTask runTimer = null;
        try {
            if (own != null && !(own.isEmpty() && where.isWorker())) { // a worker has no context of its own
                installed = own.install();
            }
            runTimer = startRunTimer();
            if (own != null && own.surrounds()) {
                own.surroundRun(this::runDecorated);
            } else {
                runDecorated();
            }
        } catch (Throwable failure) {
            failedOutside(failure);
        } finally {
            if (installed != null) {
                installed.restore();
            }
            cancelTimer(runTimer);
        }
        return ended(inner, run);
    }

    /**
     * Ends the future of a task that this thread has claimed, so that no other one will ever run it: tried again while
     * that, too, needs memory that there is not.
     */
    private void endBrokenOff(Throwable failure) {
        for (int tries = 0; !isDone() && tries < END_TRIES; tries++) {
            try {
                setException(failure);
                settle();
            } catch (Throwable again) {
                LockSupport.parkNanos(this, END_PAUSE_NANOS);
            }
        }
    }

    private void runDecorated() {
        Runnable outer = decorated;
        if (outer != null) {
            outer.run();
        } else {
            super.run();
        }
    }

    private RunResult ended(@Nullable Future<?> inner, @Nullable Runnable run) {
        if (!hasEnded()) {
            setException(new IllegalStateException("a decorator of " + home.name() + " did not run the task"));
        }
        settle();
        RunSite where = site;
        site = null;
        boolean cancelled = !body.begun && (isCancelled() || isOutOfTimeToRun());
        if (cancelled && where != null) {
            where.neverBegan();
        }
        if (!body.begun) {
            cancelOwners(inner, run);
        }
        if (cancelled) {
            return RunResult.CANCELLED;
        }
        return state() == State.FAILED || isOutOfTimeToRun() ? RunResult.FAILED : RunResult.RAN;
    }

    /** Of a carrier or a decorator. */
    private void failedOutside(Throwable failure) {
        if (!isDone()) {
            setException(failure);
        } else if (state() != State.FAILED || failure() != failure) { // else it has only passed through
            home.failures().handle(shown(), failure);
        }
    }

    /** Runs inside the decorators, which see what the task throws. */
    void runBody() {
        super.run();
        if (body.begun && !isOutOfTimeToRun() && state() == State.FAILED) {
            rethrow(failure());
        }
    }

    // ---- its end

    @Override
    protected void set(V value) {
        count(isOutOfTimeToRun());
        if (!isOutOfTimeToRun()) {
            super.set(value);
        } // else the timer's thread completes it
    }

    @Override
    protected void setException(Throwable failure) {
        TraceException here = submitter;
        if (here != null) {
            Suppressed.attachTrace(failure, here);
        }
        count(true);
        if (!isOutOfTimeToRun()) {
            super.setException(failure);
        }
    }

    /** Before anybody can know the end. */
    private void count(boolean failed) {
        RunSite where = site;
        if (where != null && (body.begun || !hasEnded())) {
            site = null;
            where.completed(failed);
        }
    }

    /**
     * The future has ended: first what is to be done at once, then, where they do no harm, the calls of foreign code.
     */
    @Override
    protected void done() {
        if (dieInPlace()) {
            home.died().run();
        }
        if (cancelInterrupts && isCancelled()) {
            body.interrupt();
        }
        cancelQueueTimer();
        if (isOnTimer() && callsForeignCode()) {
            home.side().run("what follows the end of a task", home.termination().holdFor(this::follow));
        } else {
            follow();
        }
    }

    private boolean callsForeignCode() {
        return whose == Failures.EXECUTED || whenDone != null || within != null;
    }

    private void follow() {
        Callbacks.Call action = whenDone;
        if (action != null) {
            Callbacks.run(PoolLog.LOG, "the completion of a future", action);
        }
        if (state() == State.FAILED) {
            handOver(failure());
        }
        if (isDead()) {
            cancelOwners(within, executed);
        }
        release();
    }

    private void handOver(Throwable failure) {
        Runnable run = executed;
        if (whose == Failures.EXECUTED && run != null) {
            home.failures().handle(run, failure);
        } else if (whose == Failures.FUTURE) {
            handleUnlessDelivered(home.failures(), isOnTimer() ? safeName() : name(), failure);
        }
    }

    /** Ends the futures that others have, and that this task would have brought to their end. */
    private static void cancelOwners(@Nullable Future<?> inner, @Nullable Runnable outer) {
        if (inner != null) {
            Callbacks.run(PoolLog.LOG, "the cancellation of a future", () -> inner.cancel(false));
        }
        if (outer instanceof Future<?> future) {
            Callbacks.run(PoolLog.LOG, "the cancellation of a future", () -> future.cancel(false));
        }
    }

    /** What is over leads nowhere. */
    private void release() {
        body.release();
        named = named instanceof String ? named : named.getClass().getName();
        executed = null;
        context = null;
        submitter = null;
        decorated = null;
        whenDone = null;
        within = null;
    }

    // ---- those that wait for it

    @Override
    public boolean needsWorker() {
        return !isDone() && !outsideOfPool;
    }

    @Override
    boolean isRunningHere() {
        return body.isRunningHere();
    }

    @Override
    public String toString() {
        return name() + "[" + state() + "]";
    }

    /** Throws any failure as it is. */
    @SuppressWarnings("unchecked") // the type is a fiction, as is that of all that a future throws
    private static <E extends Throwable> void rethrow(Throwable failure) throws E {
        throw (E) failure;
    }
}

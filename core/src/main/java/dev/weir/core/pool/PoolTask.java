package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A task with something about it: a future, options, a context. A plain {@code execute} needs none.
 *
 * <pre>
 *   WAITING --claimed by the thread that runs it--&gt; STARTED --its own code has ended--&gt; ENDED
 *      |\                                              \--its time to run is up--&gt; TIMED_OUT
 *      | \--its time to wait is up--&gt; EXPIRED
 *      \--cancelled, discarded, abandoned, rejected--&gt; DEAD
 * </pre>
 *
 * <p>The future has a state of its own, that of {@link java.util.concurrent.FutureTask}; this one says whether the task
 * may still begin, and how a limit of time ended it. (ENDED is used for tasks with a limit only.) The thread that moves
 * a task to EXPIRED or TIMED_OUT completes the future; one that meets such a task before that {@linkplain #settle does
 * so, too}, so that no pool terminates before its futures are done.
 *
 * <p><b>Interrupts</b>, of a cancel and of the limit, go through the {@link TaskBody}, and so reach the task's own code
 * or nothing: not its decorators, nor what depends on its future, nor the failure handler.
 *
 * <p><b>Memory.</b> A future that is done leads to its result alone.
 */
final class PoolTask<V extends @Nullable Object> extends DeliveringFuture<V> {
    private static final int WAITING = 0;
    private static final int STARTED = 1;
    private static final int ENDED = 2;
    private static final int TIMED_OUT = 3;
    private static final int DEAD = 4;
    private static final int EXPIRED = 5;

    private static final VarHandle PHASE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "phase", VarHandle.class, PoolTask.class, int.class);

    /** Whose is a failure? */
    enum Failures {
        /** The task was executed: its failure goes to the handler. */
        EXECUTED,
        /** The user has the future: its failure goes to the handler if the future gives it to nobody. */
        FUTURE,
        /** The pool's own code has the future, and takes care of its failure. */
        INTERNAL
    }

    private final TaskHome home;
    private final TaskBody<V> body;
    private final TaskOptions options;
    private final Failures whose;
    final long createdNanos;

    // Until the task has ended; the thread that runs it reads them first.
    private Object named;
    private @Nullable Runnable executed;
    private Contexts.@Nullable Snapshot context;
    private UnhandledFailures.@Nullable SubmittedHere submitter;
    private @Nullable Runnable decorated;
    private @Nullable Runnable whenDone;
    private @Nullable Future<?> within;

    private volatile int phase;

    private volatile @Nullable ScheduledTask queueTimer;
    private volatile boolean cancelInterrupts;

    /** Whether the future is completed by a timer's thread, which must run no foreign code. */
    private boolean onTimer;

    // Of the thread that runs it.
    private @Nullable RunSite site;
    private volatile boolean outsideOfPool;
    private boolean limited;

    PoolTask(
            TaskHome home,
            Callable<V> code,
            Object named,
            Failures whose,
            TaskOptions options,
            Contexts.@Nullable Snapshot context,
            UnhandledFailures.@Nullable SubmittedHere submitter) {
        this(home, new TaskBody<>(code), named, whose, options, context, submitter);
    }

    private PoolTask(
            TaskHome home,
            TaskBody<V> body,
            Object named,
            Failures whose,
            TaskOptions options,
            Contexts.@Nullable Snapshot context,
            UnhandledFailures.@Nullable SubmittedHere submitter) {
        super(body, home.name(), home.waits());
        this.body = body;
        this.home = home;
        this.createdNanos = home.clocks().roughNanos();
        this.named = named;
        this.whose = whose;
        this.executed = whose == Failures.EXECUTED ? (Runnable) named : null;
        this.options = options;
        this.context = context;
        this.submitter = submitter;
    }

    // ---- before it is submitted

    void decorate(Runnable run) {
        decorated = run;
    }

    void whenDone(Runnable action) {
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

    int priority() {
        return options.priority();
    }

    /** Whether it ended before it began. */
    boolean isDead() {
        return phase >= DEAD;
    }

    /** What the user knows it as. */
    Runnable shown() {
        Runnable run = executed;
        return run != null ? run : this;
    }

    /** What it is called after: its name, or the object whose {@code toString()} is its name. */
    Object namedBy() {
        String name = options.nameOrNull();
        return name != null ? name : named;
    }

    String name() {
        return Callbacks.describe(namedBy());
    }

    /** A name that calls no foreign code. */
    private String safeName() {
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
        if (!PHASE.compareAndSet(this, WAITING, DEAD)) {
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
        if (!PHASE.compareAndSet(this, WAITING, DEAD)) {
            return false;
        }
        executed = null;
        within = null;
        cancel(false);
        return true;
    }

    void startQueueTimer() {
        long nanos = options.queueNanosOr(home.queueTimeoutNanos());
        if (nanos != Long.MAX_VALUE) {
            ScheduledTask timer = home.schedule(this::expire, nanos);
            queueTimer = timer;
            if (phase != WAITING) {
                timer.cancel();
            }
        }
    }

    private void expire() {
        if (PHASE.compareAndSet(this, WAITING, EXPIRED)) {
            home.died().run(); // before anybody can know, and ask for its place
            onTimer = true;
            super.setException(outOfTimeInQueue());
        }
    }

    /** Completes the future of a task whose time was up, should the timer not have got so far. */
    void settle() {
        if (!isDone() && phase == EXPIRED) {
            super.setException(outOfTimeInQueue());
        } else if (!isDone() && phase == TIMED_OUT) {
            super.setException(outOfTimeToRun());
        }
    }

    private TimeoutException outOfTimeInQueue() {
        return new TimeoutException(safeName() + " waited in the queue of " + home.name() + " for longer than "
                + Duration.ofNanos(options.queueNanosOr(home.queueTimeoutNanos())));
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
        TaskRun.Result unused = runIfWaiting(RunSite.elsewhere());
    }

    /** Runs it, unless somebody has or it ended before. */
    TaskRun.Result runIfWaiting(RunSite where) {
        if (!PHASE.compareAndSet(this, WAITING, STARTED)) {
            if (!isDead()) {
                return TaskRun.Result.ELSEWHERE;
            }
            settle();
            where.neverBegan();
            return TaskRun.Result.DEAD;
        }
        cancelTimer(queueTimer);
        site = where;
        body.prepare(where.guard(), this);
        outsideOfPool = !where.isWorker();
        Runnable outer = decorated;
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
            if (outer != null) {
                outer.run();
            } else {
                super.run();
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

    private TaskRun.Result ended(@Nullable Future<?> inner, @Nullable Runnable run) {
        if (!isDone() && phase != TIMED_OUT) {
            setException(new IllegalStateException("a decorator of " + home.name() + " did not run the task"));
        }
        settle();
        RunSite where = site;
        site = null;
        boolean cancelled = !body.begun && (isCancelled() || phase == TIMED_OUT);
        if (cancelled && where != null) {
            where.neverBegan();
        }
        if (!body.begun) {
            cancelOwners(inner, run);
        }
        if (cancelled) {
            return TaskRun.Result.CANCELLED;
        }
        return state() == State.FAILED || phase == TIMED_OUT ? TaskRun.Result.FAILED : TaskRun.Result.RAN;
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
        if (body.begun && phase != TIMED_OUT && state() == State.FAILED) {
            TaskRun.rethrow(failure());
        }
    }

    /** Whether it has ended by a cancel or a timeout, and so must not begin. */
    boolean hasEnded() {
        return isDone() || phase == TIMED_OUT;
    }

    /** From here on its limit does nothing. */
    void codeHasEnded() {
        if (limited) {
            boolean unused = PHASE.compareAndSet(this, STARTED, ENDED);
        }
    }

    private @Nullable ScheduledTask startRunTimer() {
        long nanos = options.runNanosOr(home.runTimeoutNanos());
        if (nanos == Long.MAX_VALUE) {
            return null;
        }
        limited = true;
        return home.schedule(this::ranTooLong, nanos);
    }

    private void ranTooLong() {
        if (PHASE.compareAndSet(this, STARTED, TIMED_OUT)) { // first: whatever the task makes of the interrupt
            body.interrupt();
            onTimer = true;
            super.setException(outOfTimeToRun());
        }
    }

    private TimeoutException outOfTimeToRun() {
        return new TimeoutException(safeName() + " ran in " + home.name() + " for longer than "
                + Duration.ofNanos(options.runNanosOr(home.runTimeoutNanos())));
    }

    // ---- its end

    @Override
    protected void set(V value) {
        count(phase == TIMED_OUT);
        if (phase != TIMED_OUT) {
            super.set(value);
        } // else the timer's thread completes it
    }

    @Override
    protected void setException(Throwable failure) {
        UnhandledFailures.SubmittedHere here = submitter;
        if (here != null && !isMarked(failure)) {
            failure.addSuppressed(here);
        }
        count(true);
        if (phase != TIMED_OUT) {
            super.setException(failure);
        }
    }

    /** Before anybody can know the end. */
    private void count(boolean failed) {
        RunSite where = site;
        if (where != null && (body.begun || !(isDone() || phase == TIMED_OUT))) {
            site = null;
            where.completed(failed);
        }
    }

    /** A failure that is thrown again and again must not grow. */
    private static boolean isMarked(Throwable failure) {
        for (Throwable suppressed : failure.getSuppressed()) {
            if (suppressed instanceof UnhandledFailures.SubmittedHere) {
                return true;
            }
        }
        return false;
    }

    /**
     * The future has ended: first what is to be done at once, then, where they do no harm, the calls of foreign code.
     */
    @Override
    protected void done() {
        if (PHASE.compareAndSet(this, WAITING, DEAD)) {
            home.died().run();
        }
        if (cancelInterrupts && isCancelled()) {
            body.interrupt();
        }
        cancelTimer(queueTimer);
        if (onTimer && callsForeignCode()) {
            home.side().run("what follows a task of " + home.name(), this::follow);
        } else {
            follow();
        }
    }

    private boolean callsForeignCode() {
        return whose == Failures.EXECUTED || whenDone != null || within != null;
    }

    private void follow() {
        Runnable action = whenDone;
        if (action != null) {
            Callbacks.run(PoolLog.LOG, "the completion of a future", action::run);
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
            handleUnlessDelivered(home.failures(), onTimer ? safeName() : name(), failure);
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

    private static void cancelTimer(@Nullable ScheduledTask timer) {
        if (timer != null) {
            timer.cancel();
        }
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
}

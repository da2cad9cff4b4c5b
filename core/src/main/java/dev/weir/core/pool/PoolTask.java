package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 * <p>The future has a state of its own, that of {@link FutureTask}; this one says whether the task may still begin, and
 * how a limit of time ended it. (ENDED is used for tasks with a limit only.) Whoever moves a task to EXPIRED or TIMED_OUT
 * completes the future; a thread that meets an EXPIRED task whose future is not done {@linkplain #settle does so, too},
 * so that no pool terminates before its futures are done.
 *
 * <p><b>Interrupts</b>, of a cancel and of the limit, go through the {@link InterruptGuard} of the thread that runs the
 * task, and so reach the task's own code or nothing: not its decorators, nor what depends on its future, nor the failure
 * handler. A canceller first ends the future and then looks for the guard's section; the task first begins the section
 * and then looks whether the future has ended.
 *
 * <p><b>Memory.</b> A future that is done leads to its result alone.
 */
final class PoolTask<V extends @Nullable Object> extends FutureTask<V> implements OwnWaits.Awaited {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    private static final int WAITING = 0;
    private static final int STARTED = 1;
    private static final int ENDED = 2;
    private static final int TIMED_OUT = 3;
    private static final int DEAD = 4;
    private static final int EXPIRED = 5;

    private static final VarHandle PHASE =
            ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), "phase", VarHandle.class, PoolTask.class, int.class);
    private static final VarHandle DELIVERED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "delivered", VarHandle.class, PoolTask.class, UnhandledFailures.Delivered.class);

    /** Delivered, of a task that has not failed yet. */
    private static final UnhandledFailures.Delivered EARLY = new UnhandledFailures.Delivered();

    /** Whose is a failure? */
    enum Failures {
        /** The task was executed: its failure goes to the handler. */
        EXECUTED,
        /** The user has the future: its failure goes to the handler if the future gives it to nobody. */
        FUTURE,
        /** The pool's own code has the future, and takes care of its failure. */
        INTERNAL
    }

    /** The user's code, as the future runs it. */
    private static final class Body<V extends @Nullable Object> implements Callable<V> {
        @Nullable
        Callable<V> code;

        @Nullable
        PoolTask<V> task;

        Body(Callable<V> code) {
            this.code = code;
        }

        @Override
        public V call() throws Exception {
            PoolTask<V> owner = task;
            Callable<V> own = code;
            if (owner == null || own == null) {
                throw new CancellationException(); // it ended just now
            }
            owner.enter();
            try {
                return own.call();
            } finally {
                owner.leave();
            }
        }
    }

    private final TaskHome home;
    private final Body<V> body;
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

    private volatile UnhandledFailures.@Nullable Delivered delivered;
    private volatile @Nullable ScheduledTask queueTimer;
    private volatile boolean cancelInterrupts;

    /** Whether the future is completed by a timer's thread, which must run no foreign code. */
    private boolean onTimer;

    // Of the thread that runs it; the guard is published by the section.
    private @Nullable InterruptGuard guard;
    private volatile long section;
    private @Nullable RunSite site;
    private volatile boolean outsideOfPool;
    private boolean limited;
    private boolean begun;

    PoolTask(
            TaskHome home,
            Callable<V> code,
            Object named,
            Failures whose,
            TaskOptions options,
            Contexts.@Nullable Snapshot context,
            UnhandledFailures.@Nullable SubmittedHere submitter) {
        this(home, new Body<>(code), named, whose, options, context, submitter);
    }

    private PoolTask(
            TaskHome home,
            Body<V> body,
            Object named,
            Failures whose,
            TaskOptions options,
            Contexts.@Nullable Snapshot context,
            UnhandledFailures.@Nullable SubmittedHere submitter) {
        super(body);
        body.task = this;
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
        String name = options.name();
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

    /** Ends a task that its submitter gets back, by an exception: what was wrapped is not cancelled, it may be tried again. */
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

    /** Completes the future of a task that was met dead, should the timer not have got so far. */
    void settle() {
        if (phase == EXPIRED && !isDone()) {
            super.setException(outOfTimeInQueue());
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
        TaskRun.Result unused = runIfWaiting(new RunSite() {
            private final InterruptGuard own = new InterruptGuard();

            @Override
            public InterruptGuard guard() {
                return own;
            }

            @Override
            public boolean isWorker() {
                return false;
            }

            @Override
            public void completed(boolean failed) {}

            @Override
            public void neverBegan() {}
        });
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
        RunSite where = site;
        site = null;
        boolean cancelled = !begun && (isCancelled() || phase == TIMED_OUT);
        if (cancelled && where != null) {
            where.neverBegan();
        }
        if (!begun) {
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
        } else if (state() != State.FAILED || super.exceptionNow() != failure) { // else it has only passed through
            home.failures().handle(shown(), failure);
        }
    }

    /** Runs inside the decorators, which see what the task throws. */
    void runBody() {
        super.run();
        if (begun && phase != TIMED_OUT && state() == State.FAILED) {
            TaskRun.rethrow(super.exceptionNow());
        }
    }

    private void enter() {
        RunSite where = site;
        InterruptGuard own = where == null ? new InterruptGuard() : where.guard();
        guard = own;
        section = own.begin();
        if (isDone() || phase == TIMED_OUT) { // after the section was published: else its interrupt might not come
            own.endAndClear();
            section = InterruptGuard.NONE;
            throw new CancellationException();
        }
        begun = true;
    }

    private void leave() {
        InterruptGuard own = guard;
        if (own != null) {
            own.endAndClear();
        }
        if (limited) {
            PHASE.compareAndSet(this, STARTED, ENDED);
        }
    }

    private void interruptBody() {
        long at = section;
        InterruptGuard own = guard;
        if (at != InterruptGuard.NONE && own != null) {
            own.interrupt(at);
        }
    }

    private @Nullable ScheduledTask startRunTimer() {
        long nanos = options.runNanosOr(home.runTimeoutNanos());
        if (nanos == Long.MAX_VALUE) {
            return null;
        }
        limited = true;
        return home.schedule(() -> ranTooLong(nanos), nanos);
    }

    private void ranTooLong(long nanos) {
        if (PHASE.compareAndSet(this, STARTED, TIMED_OUT)) { // first: whatever the task makes of the interrupt
            interruptBody();
            onTimer = true;
            super.setException(new TimeoutException(
                    safeName() + " ran in " + home.name() + " for longer than " + Duration.ofNanos(nanos)));
        }
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
        if (where != null && (begun || !(isDone() || phase == TIMED_OUT))) {
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

    /** The future has ended: first what is to be done at once, then, where they do no harm, the calls of foreign code. */
    @Override
    protected void done() {
        if (PHASE.compareAndSet(this, WAITING, DEAD)) {
            home.died().run();
        }
        if (cancelInterrupts && isCancelled()) {
            interruptBody();
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
            Callbacks.run(LOG, "the completion of a future", action::run);
        }
        if (state() == State.FAILED) {
            handOver(super.exceptionNow());
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
            UnhandledFailures.Delivered flag = new UnhandledFailures.Delivered();
            if (DELIVERED.compareAndSet(this, null, flag)) {
                home.failures().handleUnlessDelivered(this, flag, onTimer ? safeName() : name(), failure);
            }
        }
    }

    /** Ends the futures that others have, and that this task would have brought to their end. */
    private static void cancelOwners(@Nullable Future<?> inner, @Nullable Runnable outer) {
        if (inner != null) {
            Callbacks.run(LOG, "the cancellation of a future", () -> inner.cancel(false));
        }
        if (outer instanceof Future<?> future) {
            Callbacks.run(LOG, "the cancellation of a future", () -> future.cancel(false));
        }
    }

    /** What is over leads nowhere. */
    private void release() {
        body.code = null;
        body.task = null;
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

    /** To be called before an untimed wait; see {@link OwnWaits#enter}. */
    boolean enterWait() {
        if (isDone()) {
            return false;
        }
        InterruptGuard own = guard;
        if (own != null && own.thread() == Thread.currentThread()) {
            throw new IllegalStateException("a task of " + home.name() + " waits for itself: " + safeName());
        }
        return home.waits().enter(this);
    }

    void leaveWait() {
        home.waits().leave();
    }

    /** Somebody has got the failure, or will have. */
    private void delivered() {
        if (!DELIVERED.compareAndSet(this, null, EARLY)) {
            UnhandledFailures.Delivered flag = delivered;
            if (flag != null) {
                flag.yes = true;
            }
        }
    }

    @Override
    public V get() throws InterruptedException, ExecutionException {
        boolean counted = enterWait();
        try {
            return super.get();
        } catch (ExecutionException failure) {
            delivered();
            throw failure;
        } finally {
            if (counted) {
                leaveWait();
            }
        }
    }

    @Override
    public V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return super.get(timeout, unit);
        } catch (ExecutionException failure) {
            delivered();
            throw failure;
        }
    }

    /** The failure, for the pool's own code. */
    Throwable failure() {
        return super.exceptionNow();
    }

    @Override
    public Throwable exceptionNow() {
        Throwable failure = super.exceptionNow();
        delivered();
        return failure;
    }

    @Override
    public String toString() {
        return name() + "[" + state() + "]";
    }
}

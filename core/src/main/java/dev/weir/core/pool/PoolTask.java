package dev.weir.core.pool;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A task with something about it: a future, options, a context. A plain {@code execute} needs none.
 *
 * <pre>
 *   WAITING --claimed by who runs it--&gt; STARTED ------------------------------------------&gt; ENDED
 *      \                                   \--out of time--&gt; INTERRUPTING --&gt; INTERRUPTED
 *       \--cancelled, or out of time--&gt; DEAD
 * </pre>
 *
 * <p>The future has a state of its own, that of {@link FutureTask}; this one says whether the task may still begin, and
 * sees to it that the interrupt of a timeout hits this task and no later one: whoever runs the task does not go on while
 * it is INTERRUPTING.
 */
final class PoolTask<V extends @Nullable Object> extends FutureTask<V> {
    private static final int WAITING = 0;
    private static final int STARTED = 1;
    private static final int ENDED = 2;
    private static final int DEAD = 3;
    private static final int INTERRUPTING = 4;
    private static final int INTERRUPTED = 5;
    private static final VarHandle PHASE;

    static {
        try {
            PHASE = MethodHandles.lookup().findVarHandle(PoolTask.class, "phase", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** What is to be run, and whether it was: the future may have been cancelled after it was claimed. */
    static final class Body<V extends @Nullable Object> implements Callable<V> {
        private final Callable<V> task;
        boolean begun;

        Body(Callable<V> task) {
            this.task = task;
        }

        @Override
        public V call() throws Exception {
            begun = true;
            return task.call();
        }
    }

    final TaskOptions options;
    private final PoolEngine engine;
    private final Body<V> body;
    final long createdNanos;
    final UnhandledFailures.Asked asked = new UnhandledFailures.Asked();

    /** What the user gave to {@code execute}, or null for a future that somebody has. */
    private final @Nullable Runnable executed;

    private final Object named;
    private final List<ContextCarrier.Captured> context;
    private final UnhandledFailures.@Nullable SubmittedHere submitter;
    private @Nullable Runnable decorated;

    @SuppressWarnings("unused") // through PHASE
    private volatile int phase;

    private volatile @Nullable ScheduledTask queueTimer;
    private volatile @Nullable Thread runner;
    private volatile boolean outOfTime;
    private volatile boolean cancelInterrupts;
    private volatile @Nullable Runnable whenDone;

    /** Whether it has its place among the tasks of its key. Of the submitter alone until it is accepted. */
    boolean holdsKey;

    /** Whether it is in the pool's hands, and not in its submitter's any more. */
    volatile boolean accepted;

    PoolTask(
            PoolEngine engine,
            Body<V> body,
            Object named,
            @Nullable Runnable executed,
            TaskOptions options,
            List<ContextCarrier.Captured> context,
            UnhandledFailures.@Nullable SubmittedHere submitter) {
        super(body);
        this.engine = engine;
        this.body = body;
        this.createdNanos = engine.clocks.roughNanos();
        this.named = named;
        this.executed = executed;
        this.options = options;
        this.context = context;
        this.submitter = submitter;
    }

    /** Before it is submitted. */
    void decorate(Runnable run) {
        decorated = run;
    }

    /** Before it is submitted. */
    void whenDone(Runnable action) {
        whenDone = action;
    }

    String name() {
        String name = options.name();
        return name != null ? name : UnhandledFailures.nameOf(named);
    }

    /** What the user knows it as. */
    Runnable shown() {
        return executed != null ? executed : this;
    }

    boolean isOf(PoolEngine pool) {
        return engine == pool;
    }

    /** Whether it ended before it began. */
    boolean isDead() {
        return phase == DEAD;
    }

    /** The thread that runs it now. */
    @Nullable
    Thread runner() {
        return runner;
    }

    boolean isWaiting() {
        return phase == WAITING;
    }

    /**
     * Ends a task that has not been accepted, or is not in the queue any more.
     *
     * @return false if it has begun or ended before
     */
    boolean withdraw() {
        if (!PHASE.compareAndSet(this, WAITING, DEAD)) { // first: there is no place to be cleared of it
            return false;
        }
        cancelTimer(queueTimer);
        engine.ended(this);
        cancel(false);
        return true;
    }

    void startQueueTimer(long nanos) {
        if (nanos != Long.MAX_VALUE) {
            queueTimer = engine.clocks.exact.schedule(() -> waitedTooLong(nanos), Duration.ofNanos(nanos));
            if (!isWaiting()) {
                cancelTimer(queueTimer);
            }
        }
    }

    private void waitedTooLong(long nanos) {
        if (PHASE.compareAndSet(this, WAITING, DEAD)) {
            engine.died(this); // before anybody can know, and ask for its place
            setException(new TimeoutException(
                    name() + " waited in the queue of " + engine.name + " for longer than " + Duration.ofNanos(nanos)));
        }
    }

    @Override
    public void run() {
        runIfWaiting();
    }

    /** Runs inside the decorators. */
    void runBody() {
        super.run();
    }

    /** Runs it, unless somebody has or it ended before. */
    TaskRun.Result runIfWaiting() {
        if (!PHASE.compareAndSet(this, WAITING, STARTED)) {
            return isDead() ? TaskRun.Result.DEAD : TaskRun.Result.ELSEWHERE;
        }
        cancelTimer(queueTimer);
        runner = Thread.currentThread();
        ScheduledTask runTimer = null;
        List<ContextCarrier.Restore> installed = new ArrayList<>(context.size());
        try {
            runTimer = startRunTimer();
            for (ContextCarrier.Captured captured : context) {
                installed.add(captured.install());
            }
            if (decorated != null) {
                decorated.run();
            } else {
                runBody();
            }
        } catch (Throwable failure) {
            if (isDone()) {
                engine.failures.handle(shown(), failure);
            } else {
                setException(failure);
            }
        } finally {
            for (int i = installed.size() - 1; i >= 0; i--) {
                engine.guard("a context carrier", installed.get(i)::restore);
            }
            cancelTimer(runTimer);
            end();
        }
        if (!isDone() && !outOfTime) {
            setException(new IllegalStateException("a decorator of " + engine.name + " did not run the task"));
        }
        if (!body.begun && (isCancelled() || outOfTime)) {
            return TaskRun.Result.CANCELLED;
        }
        return failed() ? TaskRun.Result.FAILED : TaskRun.Result.RAN;
    }

    private @Nullable ScheduledTask startRunTimer() {
        long nanos = options.runNanosOr(engine.runTimeoutNanos);
        return nanos == Long.MAX_VALUE
                ? null
                : engine.clocks.exact.schedule(() -> ranTooLong(nanos), Duration.ofNanos(nanos));
    }

    private void ranTooLong(long nanos) {
        if (PHASE.compareAndSet(this, STARTED, INTERRUPTING)) {
            outOfTime = true; // first: whatever the task makes of the interrupt, its end is a timeout
            Thread running = runner;
            if (running != null) {
                running.interrupt();
            }
            phase = INTERRUPTED;
            setException(new TimeoutException(
                    name() + " ran in " + engine.name + " for longer than " + Duration.ofNanos(nanos)));
        }
    }

    private void end() {
        if (!PHASE.compareAndSet(this, STARTED, ENDED)) {
            while (phase == INTERRUPTING) {
                Thread.yield();
            }
        }
        runner = null;
    }

    /** Whether an interrupt was meant for this task: to be forgotten after it, where no worker does that anyway. */
    boolean wasInterrupted() {
        return outOfTime || cancelInterrupts;
    }

    private boolean failed() {
        return state() == State.FAILED || (outOfTime && !isDone());
    }

    private static void cancelTimer(@Nullable ScheduledTask timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (mayInterruptIfRunning && !isDone()) {
            cancelInterrupts = true;
        }
        return super.cancel(mayInterruptIfRunning);
    }

    @Override
    protected void set(V value) {
        if (!outOfTime) {
            super.set(value);
        } // else the timer's thread is about to set its own end
    }

    @Override
    protected void setException(Throwable failure) {
        if (submitter != null && !isMarked(failure)) {
            failure.addSuppressed(submitter);
        }
        if (!outOfTime || failure instanceof TimeoutException) {
            super.setException(failure);
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

    @Override
    protected void done() {
        if (PHASE.compareAndSet(this, WAITING, DEAD)) {
            cancelTimer(queueTimer);
            engine.died(this);
        }
        if (state() == State.FAILED) {
            Throwable failure = exceptionOf();
            if (executed != null) {
                engine.failures.handle(executed, failure);
            } else if (whenDone == null) {
                engine.failures.handleUnlessAsked(this, asked, name(), failure);
            }
        }
        Runnable action = whenDone;
        if (action != null) {
            engine.guard("the completion of a future", action);
        }
    }

    Throwable exceptionOf() {
        return super.exceptionNow();
    }

    @Override
    public V get() throws InterruptedException, ExecutionException {
        asked.yes = true;
        if (isDone()) {
            return super.get();
        }
        PoolWorker waiter = engine.selfWaits.enter(this);
        try {
            return super.get();
        } finally {
            engine.selfWaits.leave(waiter);
        }
    }

    @Override
    public V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        asked.yes = true;
        return super.get(timeout, unit);
    }

    @Override
    public V resultNow() {
        asked.yes = true;
        return super.resultNow();
    }

    @Override
    public Throwable exceptionNow() {
        asked.yes = true;
        return super.exceptionNow();
    }

    @Override
    public String toString() {
        return name() + "[" + state() + "]";
    }
}

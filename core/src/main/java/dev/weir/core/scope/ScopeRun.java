package dev.weir.core.scope;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.FlightEvents;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.Undelivered;
import dev.weir.core.internal.wait.HandedTask;
import dev.weir.core.internal.wait.SlowJoinWarning;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.time.TimeSource;
import java.lang.ref.Cleaner;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the owner of a {@link TaskScope} does with its {@link ScopeTasks}.
 *
 * <pre>
 *   OPEN --join--&gt; JOINED --close--&gt; CLOSED
 *     \---close: stops, and waits------/
 * </pre>
 */
final class ScopeRun implements OpenScopes.Scope {
    private static final Logger LOG = LoggerFactory.getLogger(TaskScope.class);
    private static final FlightEvents<JoinEvent> JOINS = new FlightEvents<>(JoinEvent::new);

    /** The scope that this one is nested in. */
    final @Nullable ScopeRun outer = ScopeContext.innermost();

    final ScopeTasks tasks;

    /** What bounds the tasks of this scope and of those nested in it, or null. */
    private final @Nullable Places places;

    private final ScopeKind kind;
    private final ScopeSettings plan;
    private final Thread owner = Thread.currentThread();
    private final AtomicBoolean abandoned = new AtomicBoolean();
    private final TimeSource.ScheduledTask deadlineTimer;

    /** Tasks may fork, too, and then this is true already: a task has been forked. Read by the owner. */
    private volatile boolean forked;

    // Of the owner's thread alone.
    private int runInOwner;
    private boolean handingOver;

    /** When the owner began to wait, or 0; its own, and read racily by what describes the wait. */
    private int waitsSince;

    private volatile boolean closed; // for the thread that finds it abandoned

    ScopeRun(ScopeKind kind, ScopeSettings plan) {
        this(kind, plan, null);
    }

    ScopeRun(ScopeKind kind, ScopeSettings plan, @Nullable StopQuestion question) {
        this.kind = kind;
        this.plan = plan;
        this.places = places(plan, outer);
        this.tasks = new ScopeTasks(kind, question, plan, owner);
        this.deadlineTimer = plan.deadline.schedule(() -> tasks.stop(pastDeadline()));
        ScopeContext.set(this);
    }

    private static @Nullable Places places(ScopeSettings plan, @Nullable ScopeRun outer) {
        if (plan.executor != null) {
            if (plan.concurrency > 0) {
                throw new IllegalStateException(
                        plan.name + " has a bound of its own, and so it cannot run on an executor");
            }
            return null;
        }
        if (plan.concurrency > 0) {
            return new Places(plan.concurrency);
        }
        return outer == null ? null : outer.places;
    }

    String name() {
        return plan.name;
    }

    <T extends @Nullable Object> ForkedTask<T> fork(ThrowingSupplier<? extends T, ?> task) {
        if (!tasks.isJoined() && !ScopeContext.isIn(this)) {
            throw new WrongThreadException("only the owner and the tasks of " + name() + " may fork into it");
        }
        if (plan.deadline.isExpired()) {
            tasks.stop(pastDeadline());
        }
        ForkedTask<T> fork = new ForkedTask<>(this, plan.contexts.capture(), task);
        if (plan.executor != null) {
            fork.future = new ForkedFuture(plan.executor, fork);
        } else if (places != null) {
            fork.place = new Places.Entry(places, fork, plan.threadName);
        }
        boolean added = tasks.add(fork);
        forked = true;
        if (added) {
            handOver(fork);
        }
        return fork;
    }

    private void handOver(ForkedTask<?> fork) {
        // A task that runs in the owner's thread and forks is interrupted as a task.
        if (Thread.currentThread() == owner && runInOwner == 0) {
            tasks.handingOver.begin();
            handingOver = true;
        }
        try {
            if (!tasks.isStopped()) { // a stop may have come before the section began, and has ended the task
                start(fork);
            }
        } catch (Throwable refused) {
            boolean interrupted = endHandingOver();
            // If the task was ended by the stop that interrupted the executor, the refusal is an effect of the stop.
            if (tasks.takeBack(fork, refused) || !interrupted) {
                throw refused;
            }
        }
        endHandingOver();
        if (tasks.isStopped()) {
            ScopeTasks.withdraw(fork); // the stop may have withdrawn it before it was handed over
        }
    }

    private void start(ForkedTask<?> fork) {
        if (fork.future != null) {
            Objects.requireNonNull(plan.executor).execute(fork.future);
        } else if (fork.place != null) {
            fork.place.start();
        } else {
            Threads.virtual(plan.threadName, fork).start();
        }
    }

    /** Whether the executor was interrupted by a stop; called by the thread that handed a task over. */
    private boolean endHandingOver() {
        if (Thread.currentThread() != owner || !handingOver) {
            return false;
        }
        handingOver = false;
        return tasks.handingOver.endAndClear();
    }

    /** Whether a task may run; called by the thread that is to run it. */
    boolean begin(ForkedTask<?> task) {
        boolean may = tasks.begin(task);
        if (may && Thread.currentThread() == owner) {
            runInOwner++;
            endHandingOver(); // from here on a stop interrupts the task, and once
        }
        return may;
    }

    /** Notes how a task ended; called by the thread that ran it, as the last thing. */
    void end(ForkedTask<?> task, @Nullable Object value, @Nullable Throwable failure) {
        if (Thread.currentThread() == owner) {
            runInOwner--;
        }
        boolean orphan = !owner.isAlive(); // before the task has ended, for then the owner may end as it should
        tasks.end(task, value, failure);
        // Afterwards: who abandons the scope sees that first, and then what has ended; one of the two sees the other.
        if (orphan || abandoned.get()) {
            if (!abandoned.getAndSet(true)) {
                abandon("its owner " + owner + " has ended before its tasks");
            }
            endAbandoned(task, failure);
        }
    }

    /** Nobody can close the scope any more. Called by the thread that notices, which must not wait. */
    void abandon() {
        if (!closed && !abandoned.getAndSet(true)) {
            abandon("nobody has it any more");
            if (plan.undelivered != null) {
                Threads.virtual(name() + "-undelivered", this::releaseUndelivered)
                        .start(); // of those that have ended
            }
        }
    }

    private void abandon(String why) {
        tasks.stop(new CancellationException(name() + " was not closed: " + why));
        deadlineTimer.cancel();
        Callbacks.error(LOG, "{} was not closed: {}; its tasks are cancelled", name(), why);
        ScopeFailures.Unseen before = tasks.takeUnseen();
        before.failures().forEach(this::logAbandoned);
        if (before.more() > 0) {
            Callbacks.error(LOG, "nobody waits for {} more failures of {}", before.more(), name());
        }
    }

    /** A task of an abandoned scope has ended. */
    private void endAbandoned(ForkedTask<?> task, @Nullable Throwable failure) {
        releaseUndelivered();
        if (failure != null && !(failure instanceof InterruptedException) && tasks.see(task)) {
            logAbandoned(failure);
        }
    }

    private void logAbandoned(Throwable failure) {
        Callbacks.error(LOG, "a task of {} failed, and nobody waits for it", name(), failure);
    }

    void cancel() {
        tasks.stop(new CancellationException(name() + " was cancelled"));
    }

    /** Waits for all tasks. Returns what is to be thrown, or null. */
    @Nullable
    Throwable join() {
        requireOwner("join");
        if (tasks.isJoined()) {
            throw new IllegalStateException(name() + " was joined or closed before");
        }
        boolean interrupted = Thread.interrupted();
        if (interrupted) {
            tasks.stop(interruption());
        }
        interrupted |= awaitTasks();
        if (interrupted) {
            InterruptedException interrupt = interruption();
            return kind == ScopeKind.JOIN_ALL ? interrupt : tasks.failures().attachTo(interrupt, false, name(), LOG);
        }
        return kind == ScopeKind.JOIN_ALL || tasks.winner() != null ? null : whatEndedIt();
    }

    private @Nullable Throwable whatEndedIt() {
        Throwable cause = tasks.stopCause();
        if (cause == null && kind == ScopeKind.FIRST_SUCCESS) {
            cause = tasks.firstFailure();
            if (cause == null) {
                return new IllegalStateException(name() + " was joined without a task, so none can be first");
            }
        }
        if (cause == null) {
            return null;
        }
        boolean fromTask =
                kind != ScopeKind.OF_POLICY && cause == tasks.failures().first();
        if (!fromTask) {
            cause = cancellation(String.valueOf(cause.getMessage()), cause);
        } else if (cause instanceof InterruptedException && plan.executor != null) {
            cause = cancellation("a task of " + name() + " was interrupted, and not by its scope", cause);
        }
        return tasks.failures().attachTo(cause, fromTask, name(), LOG);
    }

    /** Attaches the failures of the tasks to what the policy threw. */
    Throwable withFailures(Throwable thrown) {
        return tasks.failures().attachTo(thrown, tasks.failures().contains(thrown), name(), LOG);
    }

    private static CancellationException cancellation(String message, Throwable cause) {
        CancellationException cancellation = new CancellationException(message);
        cancellation.initCause(cause);
        return cancellation;
    }

    /** Waits until no task is left; returns whether the owner was interrupted meanwhile, which stops the scope. */
    private boolean awaitTasks() {
        SlowJoinWarning slow = new SlowJoinWarning(plan.patience, plan.patienceTime, this::warnOfSlowJoin);
        boolean interrupted = false;
        boolean joined = tasks.tryJoin();
        waitsSince = joined ? 0 : WaitText.now();
        JoinEvent event = joined ? null : JOINS.begun();
        Waiter left = joined ? null : Places.leave();
        try {
            while (!tasks.tryJoin()) {
                Waiter.End end = tasks.isStopped()
                        ? slow.await(tasks::tryJoin, this)
                        : HandedTask.await(
                                plan.executor, () -> tasks.tryJoin() || tasks.isStopped(), this, tasks::dropAll);
                if (end == Waiter.End.INTERRUPTED && Thread.interrupted()) {
                    interrupted = true;
                    tasks.stop(interruption());
                }
            }
        } finally {
            Places.comeBack(left, !interrupted);
        }
        waitsSince = 0;
        deadlineTimer.cancel();
        if (event != null) {
            event.end(name(), tasks.metrics());
        }
        return interrupted;
    }

    private void warnOfSlowJoin() {
        for (Thread late : tasks.threads()) {
            LOG.warn("{} waits for a task that ignores its interrupt, in {}", name(), late);
        }
    }

    /** Ends all that is left, and the watch for a scope that nobody has any more. Throws what is wrong. */
    void close(Cleaner.Cleanable watch) {
        IllegalStateException wrong = close();
        watch.clean(); // finds it closed
        if (wrong != null) {
            throw wrong;
        }
    }

    /** Nobody has forked into it, nor will. */
    void closeUnused() {
        closed = true;
        ScopeContext.set(outer);
        deadlineTimer.cancel();
    }

    /** Ends all that is left. Returns what is wrong, for the caller to throw, or null. */
    @Nullable
    IllegalStateException close() {
        requireOwner("close");
        if (closed) {
            return null;
        }
        IllegalStateException wrong = ScopeContext.closeForgotten(this);
        boolean unjoined = !tasks.isJoined();
        if (unjoined) {
            tasks.stop(new CancellationException(name() + " was closed before it was joined"));
            if (awaitTasks()) {
                owner.interrupt();
            }
        }
        closed = true;
        ScopeContext.set(outer);
        releaseUndelivered();
        if (unjoined && forked) {
            IllegalStateException missing = new IllegalStateException(
                    name() + " was closed without join: its tasks were cancelled and have ended");
            tasks.failures().attachTo(missing, false, name(), LOG);
            if (wrong != null) {
                Suppressed.attachOrLog(missing, wrong, name(), LOG);
            }
            return missing;
        }
        // Failures of tasks that lost a race are in the nature of a race, except for Errors.
        if (kind == ScopeKind.JOIN_ALL || tasks.winner() != null) {
            tasks.unseen(tasks.winner() != null).logAs(name(), LOG);
        }
        tasks.forgetFailures();
        return wrong;
    }

    private void releaseUndelivered() {
        Undelivered<?> undelivered = plan.undelivered;
        if (undelivered == null) {
            return;
        }
        for (ForkedTask<?> task = tasks.pollUndelivered(); task != null; task = tasks.pollUndelivered()) {
            undelivered.release(task.value(), name(), LOG);
        }
    }

    @Override
    public @Nullable Throwable closeForgotten() {
        return close();
    }

    ForkedTask<?> winner() {
        if (!tasks.isJoined()) {
            throw new IllegalStateException("the winner of " + name() + " is known only after join()");
        }
        ForkedTask<?> first = tasks.winner();
        if (first == null) {
            throw new IllegalStateException(
                    name() + (kind == ScopeKind.FIRST_SUCCESS ? " has no winner" : " is no race"));
        }
        tasks.see(first);
        return first;
    }

    private void requireOwner(String what) {
        if (Thread.currentThread() != owner) {
            throw new WrongThreadException(what + " of " + name() + " is for its owner, " + owner);
        }
        if (runInOwner > 0) {
            throw new IllegalStateException(what + " of " + name() + " by one of its own tasks would wait for itself");
        }
    }

    private InterruptedException interruption() {
        return new InterruptedException("the owner of " + name() + " was interrupted");
    }

    private TimeoutException pastDeadline() {
        return new TimeoutException(name() + " was not done at its deadline");
    }

    @Override
    public String toString() {
        int since = waitsSince;
        return "TaskScope[" + name() + (tasks.isJoined() ? ", joined" : "")
                + (since == 0 ? "" : ", the end of its tasks" + WaitText.sole(owner, since)) + "]";
    }
}

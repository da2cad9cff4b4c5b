package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.wait.Patience;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
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
final class ScopeRun {
    private static final Logger LOG = LoggerFactory.getLogger(TaskScope.class);

    /** The scope that this one is nested in. */
    final @Nullable ScopeRun outer = ScopeContext.innermost();

    final ScopeTasks tasks;
    private final ScopePolicy policy;
    private final TaskScopeBuilder plan;
    private final Thread owner = Thread.currentThread();
    private final AtomicBoolean abandoned = new AtomicBoolean();

    /** Tasks may fork, too, and then this is true already: a task has been forked. Read by the owner. */
    private volatile boolean forked;

    // Of the owner's thread alone.
    private int runInOwner;
    private boolean closed;

    ScopeRun(ScopePolicy policy, TaskScopeBuilder plan) {
        this.policy = policy;
        this.plan = plan;
        this.tasks = new ScopeTasks(policy, plan.name, owner);
        ScopeContext.set(this);
    }

    String name() {
        return plan.name;
    }

    <T extends @Nullable Object> ForkedTask<T> fork(ThrowingSupplier<? extends T, ?> task) {
        if (!tasks.isJoined() && !ScopeContext.isIn(this)) {
            throw new WrongThreadException("only the owner and the tasks of " + name() + " may fork into it");
        }
        ForkedTask<T> fork = new ForkedTask<>(this, task);
        boolean added = tasks.add(fork, plan.deadline.isExpired() ? pastDeadline() : null);
        forked = true;
        if (added) {
            try {
                plan.start(fork);
            } catch (Throwable refused) {
                tasks.takeBack(fork, refused);
                throw refused;
            }
        }
        return fork;
    }

    /** Whether a task may run; called by the thread that is to run it. */
    boolean begin(ForkedTask<?> task) {
        boolean may = tasks.begin(task);
        if (may && Thread.currentThread() == owner) {
            runInOwner++;
        }
        return may;
    }

    /** Notes how a task ended; called by the thread that ran it, as the last thing. */
    void end(ForkedTask<?> task, @Nullable Object value, @Nullable Throwable failure) {
        if (Thread.currentThread() == owner) {
            runInOwner--;
        } else if (!owner.isAlive()) {
            abandon(failure);
        }
        tasks.end(task, value, failure);
    }

    private void abandon(@Nullable Throwable failure) {
        if (!abandoned.getAndSet(true)) {
            tasks.stop(new CancellationException("the owner of " + name() + " has ended"));
            LOG.error("{} was not closed: its owner {} has ended before its tasks", name(), owner);
        }
        if (failure != null && !(failure instanceof InterruptedException)) {
            LOG.error("a task of {} failed, and nobody waits for it", name(), failure);
        }
    }

    void cancel() {
        tasks.stop(new CancellationException(name() + " was cancelled"));
        LockSupport.unpark(owner);
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
            if (policy != ScopePolicy.JOIN_ALL) {
                tasks.failures().attachTo(interrupt, false, name(), LOG);
            }
            return interrupt;
        }
        return policy == ScopePolicy.JOIN_ALL || tasks.winner() != null ? null : whatEndedIt();
    }

    private @Nullable Throwable whatEndedIt() {
        Throwable cause = tasks.stopCause();
        if (cause == null && policy == ScopePolicy.FIRST_SUCCESS) {
            cause = tasks.firstFailure();
            if (cause == null) {
                return new IllegalStateException(name() + " was joined without a task, so none can be first");
            }
        }
        if (cause == null) {
            return null;
        }
        boolean fromTask = cause == tasks.failures().first();
        if (!fromTask) {
            CancellationException cancellation = new CancellationException(cause.getMessage());
            cancellation.initCause(cause);
            cause = cancellation;
        }
        tasks.failures().attachTo(cause, fromTask, name(), LOG);
        return cause;
    }

    /** Waits until no task is left; returns whether the owner was interrupted meanwhile, which stops the scope. */
    private boolean awaitTasks() {
        Patience patience = new Patience(plan.patience, plan.patienceTime);
        Deadline deadline = plan.deadline;
        boolean interrupted = false;
        while (true) {
            ScopeTasks.Look look = tasks.look();
            // Between this look and the park no lock is taken: to wait for one would use up a wakeup that came since.
            if (look == ScopeTasks.Look.JOINED) {
                return interrupted;
            } else if (Thread.interrupted()) {
                interrupted = true;
                tasks.stop(interruption());
            } else if (look == ScopeTasks.Look.STOPPED) {
                if (patience.parkOrTell(this)) {
                    for (Thread late : tasks.threads()) {
                        LOG.warn("{} waits for a task that ignores its interrupt, in {}", name(), late);
                    }
                }
            } else if (deadline.isExpired()) {
                tasks.stop(pastDeadline());
            } else {
                deadline.parkUntilExpired(this);
            }
        }
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
        if (unjoined && forked) {
            IllegalStateException missing = new IllegalStateException(
                    name() + " was closed without join: its tasks were cancelled and have ended");
            tasks.failures().attachTo(missing, false, name(), LOG);
            if (wrong != null) {
                missing.addSuppressed(wrong);
            }
            return missing;
        }
        // That some who raced and did not win have failed is in the nature of a race, unless it is an Error.
        if (policy == ScopePolicy.JOIN_ALL || tasks.winner() != null) {
            logUnseen(tasks.unseen(tasks.winner() != null));
        }
        return wrong;
    }

    /** What join did not throw, and the owner did not ask for, is lost otherwise. */
    private void logUnseen(ScopeTasks.Unseen unseen) {
        for (Throwable failure : unseen.failures()) {
            LOG.error("a task of {} failed, and nobody looked at its outcome", name(), failure);
        }
        if (unseen.more() > 0) {
            LOG.error("nobody looked at {} more failures of {}", unseen.more(), name());
        }
    }

    ForkedTask<?> winner() {
        if (!tasks.isJoined()) {
            throw new IllegalStateException("the winner of " + name() + " is known only after join()");
        }
        ForkedTask<?> first = tasks.winner();
        if (first == null) {
            throw new IllegalStateException(
                    name() + (policy == ScopePolicy.FIRST_SUCCESS ? " has no winner" : " is no race"));
        }
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
        return "TaskScope[" + name() + (tasks.isJoined() ? ", joined]" : "]");
    }
}

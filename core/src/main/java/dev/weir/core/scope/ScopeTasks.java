package dev.weir.core.scope;

import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.PromptLock;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a scope that have not ended, and what is known of those that have.
 *
 * <pre>
 *   OPEN --the owner waits, and no task is left--&gt; JOINED
 * </pre>
 *
 * <p>While they are OPEN, the first of these stops them: a failure, a success, the deadline, an interrupt of the owner,
 * cancel and close. Then running tasks are interrupted, and those that have not begun are ended and withdrawn from the
 * executor. The owner, if it is blocked by the executor that it hands a task to, is interrupted as well.
 *
 * <p>Only the owner and running tasks fork, so the list, once it is empty and the owner waits, stays empty.
 */
final class ScopeTasks {
    private final ScopeKind kind;

    /** What the user decides, if the scope is of that kind. */
    private final @Nullable StopQuestion question;

    private final String name;
    private final Thread owner;

    /** Whether results that nobody takes are released, so that all are kept until the end. */
    private final boolean keeps;

    /** Its section is the owner's call of the executor. */
    final InterruptGuard handingOver = new InterruptGuard();

    /** Guards all that follows, and the tasks; never held while foreign code runs. */
    private final PromptLock lock = new PromptLock();

    private final ScopeFailures failures = new ScopeFailures();
    private final TaskList open = new TaskList();
    private final TaskList succeeded = new TaskList();
    private @Nullable Throwable dropCause;

    /** The task whose end stopped the scope, if that is in the nature of the scope and no failure of it. */
    private @Nullable ForkedTask<?> winner;

    // Both are written under the lock; volatile for the owner while it waits and for the holders of subtasks. The
    // second one publishes the results.
    private volatile @Nullable Throwable stopCause;
    private volatile boolean joined;

    ScopeTasks(ScopeKind kind, @Nullable StopQuestion question, ScopeSettings settings, Thread owner) {
        this.kind = kind;
        this.question = question;
        this.name = settings.name;
        this.keeps = settings.undelivered != null;
        this.owner = owner;
    }

    boolean isJoined() {
        return joined;
    }

    boolean isStopped() {
        return stopCause != null;
    }

    /** Adds a task, or cancels it if the scope was stopped; returns whether it was added. */
    boolean add(ForkedTask<?> task) {
        lock.lock();
        try {
            if (joined) {
                throw new IllegalStateException(name + " was joined or closed: it takes no more tasks");
            }
            Throwable stopped = stopCause;
            if (stopped != null) {
                task.cancelled(stopped);
                failures.ended();
                return false;
            }
            open.add(task);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The executor did not take the task: unless it runs all the same, it never will.
     *
     * @return whether the task has ended by this
     */
    boolean takeBack(ForkedTask<?> task, Throwable refused) {
        lock.lock();
        try {
            if (task.state != ForkedTask.State.NEW) {
                return false;
            }
            open.remove(task);
            task.cancelled(refused);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A task that was taken will not be run: unless it has begun, that is a cancellation of its own. */
    void drop(ForkedTask<?> task, Throwable dropped) {
        ForkedTask<?> halted = null;
        lock.lock();
        try {
            if (task.state != ForkedTask.State.NEW) {
                return;
            }
            open.remove(task);
            failures.ended();
            task.cancelled(dropped);
            dropCause = dropped;
            if (kind == ScopeKind.FAIL_FAST || kind == ScopeKind.OF_POLICY) {
                halted = stopLocked(dropped);
            }
        } finally {
            lock.unlock();
        }
        stopped(halted);
    }

    /** The executor has ended: it runs none of those that have not begun. */
    void dropAll() {
        for (ForkedTask<?> task = firstNotBegun(); task != null; task = firstNotBegun()) {
            task.dropped();
        }
    }

    private @Nullable ForkedTask<?> firstNotBegun() {
        lock.lock();
        try {
            return open.firstNotBegun();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a task may run; called by the thread that is to run it. */
    boolean begin(ForkedTask<?> task) {
        lock.lock();
        try {
            if (task.state != ForkedTask.State.NEW) {
                return false;
            }
            task.begun();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Notes how a task ended; called by the thread that ran it, as the last thing. */
    void end(ForkedTask<?> task, @Nullable Object value, @Nullable Throwable failure) {
        StopQuestion.Answer stop =
                question == null || isStopped() ? null : question.ask(value, failure, name); // foreign code, unlocked
        ForkedTask<?> halted = null;
        boolean wake = true;
        lock.lock();
        try {
            halted = endLocked(task, value, failure);
            if (stop != null && stopCause == null) {
                winner = stop.byPolicy() ? task : null;
                halted = stopLocked(stop.cause());
            }
            // When all is over, and at the stop, for from then on the owner watches for tasks that are late.
            wake = open.isEmpty() || stopCause != null;
        } finally {
            lock.unlock();
        }
        if (wake) {
            stopped(halted);
        }
    }

    private @Nullable ForkedTask<?> endLocked(ForkedTask<?> task, @Nullable Object value, @Nullable Throwable failure) {
        boolean interrupted = task.guard.endAndClear();
        open.remove(task);
        failures.ended();
        Throwable stopped = stopCause;
        if (stopped != null && failure != null && Interrupts.isEffectOf(interrupted, failure)) {
            task.cancelled(stopped);
            if (Suppressed.hidesMore(failure)) {
                task.failure = failure; // beside the cancellation: what its nested scopes suppressed is not lost
                failures.add(task, failure);
            }
            return null;
        }
        task.ended(value, failure);
        if (failure != null) {
            failures.add(task, failure);
            return kind == ScopeKind.FAIL_FAST ? stopLocked(failure) : null;
        }
        if (keeps) {
            succeeded.add(task);
        }
        if (kind == ScopeKind.FIRST_SUCCESS && stopped == null) {
            winner = task;
            return stopLocked(new CancellationException("another task of " + name + " was first"));
        }
        return null;
    }

    /** Does nothing if they were stopped or joined before. */
    void stop(Throwable cause) {
        ForkedTask<?> halted;
        lock.lock();
        try {
            halted = stopLocked(cause);
        } finally {
            lock.unlock();
        }
        stopped(halted);
    }

    /** Returns those that are to be interrupted or withdrawn, linked by nextHalted. */
    private @Nullable ForkedTask<?> stopLocked(Throwable cause) {
        if (stopCause != null || joined) {
            return null;
        }
        stopCause = cause;
        ForkedTask<?> halted = null;
        ForkedTask<?> next;
        for (ForkedTask<?> task = open.first(); task != null; task = next) {
            next = task.next;
            if (task.state == ForkedTask.State.NEW) {
                open.remove(task);
                failures.ended();
                task.cancelled(cause);
            }
            task.nextHalted = halted;
            halted = task;
        }
        return halted;
    }

    /**
     * Wakes the owner, interrupts those that run, and gives back the places of those that never begin; without the
     * lock, as an interrupt closes the channel that its thread waits for, which may be the user's code. A task that has
     * ended meanwhile is not reached.
     */
    private void stopped(@Nullable ForkedTask<?> halted) {
        if (stopCause != null) {
            handingOver.interrupt();
        }
        LockSupport.unpark(owner);
        for (ForkedTask<?> task = halted; task != null; task = task.nextHalted) {
            task.guard.interrupt();
        }
        ForkedTask<?> next;
        for (ForkedTask<?> task = halted; task != null; task = next) {
            next = task.nextHalted;
            task.nextHalted = null;
            if (!task.hasBegun()) {
                withdraw(task);
            }
        }
    }

    /** Takes a task that has ended out of the line in which it waits for a thread. */
    static void withdraw(ForkedTask<?> task) {
        ForkedFuture future = task.future;
        if (future != null) {
            future.withdraw();
        }
        Places.Entry place = task.place;
        if (place != null) {
            place.withdraw();
        }
    }

    /** Whether none is left; the owner asks when it waits, and so they are joined then. */
    boolean tryJoin() {
        lock.lock();
        try {
            if (open.isEmpty()) {
                joined = true;
            }
            return joined;
        } finally {
            lock.unlock();
        }
    }

    TaskScopeMetrics metrics() {
        lock.lock();
        try {
            return new TaskScopeMetrics(failures.done(), failures.failed(), open.count(false), open.count(true));
        } finally {
            lock.unlock();
        }
    }

    /** The threads of the tasks that have not ended. */
    List<Thread> threads() {
        lock.lock();
        try {
            return open.threads();
        } finally {
            lock.unlock();
        }
    }

    /** Notes that somebody looks at the outcome of a task that has ended; returns whether nobody had before. */
    boolean see(ForkedTask<?> task) {
        lock.lock();
        try {
            boolean first = !task.isCancelled() && !task.isSeen();
            Throwable failure = task.failure;
            if (first) {
                task.seen();
                if (failure != null) {
                    failures.seen(failure);
                }
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a task out of those whose result nobody has taken; null when there is none left. */
    @Nullable
    ForkedTask<?> pollUndelivered() {
        lock.lock();
        try {
            ForkedTask<?> task = succeeded.poll();
            while (task != null && task.isSeen()) {
                task = succeeded.poll();
            }
            return task;
        } finally {
            lock.unlock();
        }
    }

    ScopeFailures.Unseen unseen(boolean onlyErrors) {
        lock.lock();
        try {
            return failures.unseen(onlyErrors);
        } finally {
            lock.unlock();
        }
    }

    /** The failures that nobody has looked at; from now on somebody has. */
    ScopeFailures.Unseen takeUnseen() {
        lock.lock();
        try {
            return failures.takeUnseen();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the failures: each is its own task's, and a result that is kept for long does not keep the others. */
    void forgetFailures() {
        lock.lock();
        try {
            failures.forget();
        } finally {
            lock.unlock();
        }
    }

    // What follows does not change any more once joined, and is for the owner then.

    ScopeFailures failures() {
        return failures;
    }

    @Nullable
    Throwable stopCause() {
        return stopCause;
    }

    /** The first failure, or else the cancellation of a task that the executor dropped, if there was one. */
    @Nullable
    Throwable firstFailure() {
        Throwable first = failures.first();
        return first == null ? dropCause : first;
    }

    @Nullable
    ForkedTask<?> winner() {
        return winner;
    }
}

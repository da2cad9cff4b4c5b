package dev.weir.core.scope;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a scope that have not ended, and what is known of those that have.
 *
 * <pre>
 *   OPEN --the owner waits, and no task is left--&gt; JOINED
 * </pre>
 *
 * <p>While they are OPEN, the first of these stops them: a failure, a success, the deadline, an interrupt of the owner,
 * cancel and close. Then running tasks are interrupted, and those that have not begun are ended.
 *
 * <p>A task is interrupted only under the lock and only while it runs, and it ends running under the same lock and then
 * clears the interrupt. So no interrupt of ours reaches anything else. Who forks is the owner or a task that runs, so the
 * list, once it is empty and the owner waits, stays empty.
 */
final class ScopeTasks {
    private final ScopePolicy policy;
    private final String name;
    private final Thread owner;

    /** Guards all that follows, and the tasks; never held while foreign code runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private final ScopeFailures failures = new ScopeFailures();
    private @Nullable ForkedTask<?> list;
    private int unseen;
    private int unseenErrors;
    private @Nullable Throwable stopCause;
    private @Nullable Throwable dropCause;
    private @Nullable ForkedTask<?> winner;

    /** Written under the lock; volatile so that whoever has a subtask may ask. It publishes the results. */
    private volatile boolean joined;

    ScopeTasks(ScopePolicy policy, String name, Thread owner) {
        this.policy = policy;
        this.name = name;
        this.owner = owner;
    }

    boolean isJoined() {
        return joined;
    }

    /** Adds a task, or cancels it if the scope was stopped; returns whether it was added. */
    boolean add(ForkedTask<?> task, @Nullable Throwable stop) {
        lock.lock();
        try {
            if (joined) {
                throw new IllegalStateException(name + " was joined or closed: it takes no more tasks");
            }
            if (stop != null) {
                stopLocked(stop);
            }
            if (stopCause != null) {
                task.cancelled(stopCause);
                return false;
            }
            link(task);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The executor did not take the task: unless it runs all the same, it never will. */
    void takeBack(ForkedTask<?> task, Throwable refused) {
        lock.lock();
        try {
            if (task.state == ForkedTask.State.NEW) {
                unlink(task);
                task.cancelled(refused);
            }
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(owner);
    }

    /** The executor took the task, and will not run it: unless it has begun, that is a cancellation of its own. */
    void drop(ForkedTask<?> task) {
        lock.lock();
        try {
            if (task.state != ForkedTask.State.NEW) {
                return;
            }
            CancellationException dropped = new CancellationException("the executor of " + name + " dropped a task");
            unlink(task);
            task.cancelled(dropped);
            dropCause = dropped;
            if (policy == ScopePolicy.FAIL_FAST) {
                stopLocked(dropped);
            }
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(owner);
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
        lock.lock();
        try {
            task.clearInterrupt();
            unlink(task);
            if (stopCause != null && failure instanceof InterruptedException) {
                task.cancelled(stopCause);
                if (ScopeFailures.hidesMore(failure)) {
                    task.failure = failure; // beside the cancellation: what its nested scopes suppressed is not lost
                    note(task, failure);
                }
                return;
            }
            task.ended(value, failure);
            if (failure != null) {
                note(task, failure);
                if (policy == ScopePolicy.FAIL_FAST) {
                    stopLocked(failure);
                }
            } else if (policy == ScopePolicy.FIRST_SUCCESS && stopCause == null) {
                winner = task;
                stopLocked(new CancellationException("another task of " + name + " was first"));
            }
        } finally {
            // When all is over, and at the stop, for from then on the owner has an eye on who is late.
            boolean wake = list == null || stopCause != null;
            lock.unlock();
            if (wake) {
                LockSupport.unpark(owner);
            }
        }
    }

    /**
     * How many of these the current thread is in that were told to stop.
     *
     * @param again whether to tell them again
     */
    int told(boolean again) {
        int told = 0;
        lock.lock();
        try {
            // Before the stop none was, and there is no need to look for who runs in this thread.
            for (ForkedTask<?> task = list; stopCause != null && task != null; task = task.next) {
                if (task.isToldHere()) {
                    told++;
                    if (again) {
                        task.interrupt();
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        return told;
    }

    private void note(ForkedTask<?> task, Throwable failure) {
        failures.add(task);
        unseen++;
        if (ScopeFailures.isError(failure)) {
            unseenErrors++;
        }
    }

    /** Does nothing if they were stopped or joined before. */
    void stop(Throwable cause) {
        lock.lock();
        try {
            stopLocked(cause);
        } finally {
            lock.unlock();
        }
    }

    private void stopLocked(Throwable cause) {
        if (stopCause != null || joined) {
            return;
        }
        stopCause = cause;
        ForkedTask<?> next;
        for (ForkedTask<?> task = list; task != null; task = next) {
            next = task.next;
            if (task.state == ForkedTask.State.RUNNING) {
                task.interrupt();
            } else {
                unlink(task);
                task.cancelled(cause);
            }
        }
    }

    /** What the owner sees when it looks. */
    enum Look {
        RUNNING,
        STOPPED,
        JOINED
    }

    /** The owner's look, which joins them if none is left. */
    Look look() {
        lock.lock();
        try {
            if (list == null) {
                joined = true;
                return Look.JOINED;
            }
            return stopCause == null ? Look.RUNNING : Look.STOPPED;
        } finally {
            lock.unlock();
        }
    }

    /** The threads of the tasks that have not ended. */
    List<Thread> threads() {
        lock.lock();
        try {
            List<Thread> threads = new ArrayList<>();
            for (ForkedTask<?> task = list; task != null; task = task.next) {
                Thread thread = task.thread();
                if (thread != null) {
                    threads.add(thread);
                }
            }
            return threads;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that somebody looks at the outcome of a task, once joined. */
    void see(ForkedTask<?> task) {
        lock.lock();
        try {
            Throwable failure = task.failure;
            if (task.isCancelled() || failure == null || !task.isUnseenFailure()) {
                return;
            }
            task.seen();
            unseen--;
            if (ScopeFailures.isError(failure)) {
                unseenErrors--;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The listed failures that nobody has looked at, and how many others there are. */
    record Unseen(List<Throwable> failures, int more) {}

    Unseen unseen(boolean onlyErrors) {
        lock.lock();
        try {
            List<Throwable> listed = failures.unseen(onlyErrors);
            return new Unseen(listed, (onlyErrors ? unseenErrors : unseen) - listed.size());
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

    private void link(ForkedTask<?> task) {
        ForkedTask<?> first = list;
        task.next = first;
        if (first != null) {
            first.previous = task;
        }
        list = task;
    }

    /** Leaves no link in the task, which its user may keep for long. */
    private void unlink(ForkedTask<?> task) {
        ForkedTask<?> before = task.previous;
        ForkedTask<?> after = task.next;
        if (before == null) {
            list = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        task.previous = null;
        task.next = null;
    }
}

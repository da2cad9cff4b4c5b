package dev.weir.core.sync;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.OpenScopes;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** A task of a {@link KeyedExecutor}, and its future. Whether it waits is up to its {@link KeyQueue}. */
final class KeyedTask<V extends @Nullable Object> extends FutureTask<V> {
    /** The task that the thread runs; the innermost one if an executor runs tasks within tasks. */
    private static final ThreadLocal<@Nullable KeyedTask<?>> CURRENT = new ThreadLocal<>();

    private final TaskAccount account;

    /** What the user gave to {@code execute}, or null if there is a future that somebody has. */
    private final @Nullable Runnable executed;

    /** What the submitter had; null when it has ended, as a future that somebody keeps must not retain it. */
    private volatile Contexts.@Nullable Snapshot context;

    /** The section of the guard in which it runs. Volatile: set after the section begins, read after a cancellation. */
    private volatile long section = InterruptGuard.NONE;

    /**
     * Whether it holds one of the places of those that wait. Of the submitter, then of the thread that takes it from
     * the queue.
     */
    boolean holdsPlace;

    /** Set before anybody else knows the task, or under the lock of the queue. */
    @Nullable
    KeyQueue queue;

    // Of the thread that runs it.
    private @Nullable KeyedTask<?> outer;
    private boolean hasRun;
    private boolean endedByInterrupt;

    KeyedTask(TaskAccount account, Callable<V> body, @Nullable Runnable executed, Contexts.Snapshot context) {
        super(body);
        this.account = account;
        this.executed = executed;
        this.context = context;
    }

    /** Whether the current thread runs a task with this account. */
    static boolean isCurrent(TaskAccount account) {
        for (KeyedTask<?> task = CURRENT.get(); task != null; task = task.outer) {
            if (task.account == account) {
                return true;
            }
        }
        return false;
    }

    /** Not for others than the queue, which decides whose turn it is. */
    @Override
    public void run() {
        throw new UnsupportedOperationException("a task of " + account.name + " runs when it is its turn");
    }

    /** Runs it in the thread that holds its key. Throws what the JVM throws beside the task. */
    void runInTurn(KeyQueue holder) {
        boolean counted = false;
        KeyedTask<?> before = null;
        try {
            account.running.increment();
            counted = true;
            releasePlace();
            before = CURRENT.get();
            outer = before;
            CURRENT.set(this);
            section = holder.guard.begin();
            runInContext();
        } catch (Throwable failure) { // of a context carrier, or of the JVM
            setException(failure);
        } finally {
            if (section != InterruptGuard.NONE) {
                holder.guard.endAndClear();
            }
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
            outer = null; // which its future must not retain
        }
        if (!hasRun) {
            account.cancelled.increment(); // just before it began
        }
        if (counted) {
            account.running.decrement();
        }
    }

    private void runInContext() throws InterruptedException {
        Contexts.Snapshot submitters = context;
        if (submitters == null) {
            return; // cancelled just now
        }
        OpenScopes.Scope before = OpenScopes.innermost();
        Contexts.Installed installed = submitters.install();
        try {
            if (submitters.surrounds()) {
                submitters.surroundRun(() -> super.run());
            } else {
                super.run();
            }
        } finally {
            OpenScopes.endTask(before); // throws nothing
            installed.restore();
        }
    }

    @Override
    protected void set(V value) {
        hasRun = true;
        account.completed.increment(); // before anybody can know
        super.set(value);
    }

    @Override
    protected void setException(Throwable failure) {
        hasRun = true;
        endedByInterrupt = failure instanceof InterruptedException && !isInterruptedByOwner();
        account.failed.increment();
        account.completed.increment();
        super.setException(failure);
        if (executed != null) {
            account.fail(executed, failure);
        }
    }

    private boolean isInterruptedByOwner() {
        return queue != null && queue.guard.isInterrupted();
    }

    /** Whether somebody else than its owner seems to have interrupted it. */
    boolean endedByInterrupt() {
        return endedByInterrupt;
    }

    void releasePlace() {
        if (holdsPlace) {
            holdsPlace = false;
            account.places.release();
        }
    }

    /** It was taken from the queue and gives way to another task, which gets its place. */
    void discard() {
        account.discarded.increment();
        super.cancel(false);
        if (executed instanceof Future<?> future) {
            account.cancel(future);
        }
    }

    /** It was accepted, and nobody will run it. */
    void abandon(Throwable reason) {
        account.abandoned.increment();
        releasePlace();
        super.setException(reason);
    }

    /** Reports that it was abandoned to those who do not hold its future. */
    void reportAbandoned(Throwable reason) {
        if (executed instanceof Future<?> future) {
            account.cancel(future);
        } else if (executed != null) {
            account.fail(executed, reason);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(false);
        if (cancelled && mayInterruptIfRunning && queue != null) {
            queue.guard.interrupt(section);
        }
        return cancelled;
    }

    @Override
    protected void done() {
        context = null;
        if (isCancelled() && queue != null && queue.remove(this)) {
            account.cancelled.increment();
            releasePlace();
        }
    }

    /**
     * Waits for the result.
     *
     * @throws IllegalStateException if the current thread runs a task of the same key, which this one waits for
     */
    @Override
    public V get() throws InterruptedException, ExecutionException {
        for (KeyedTask<?> task = isDone() ? null : CURRENT.get(); task != null; task = task.outer) {
            if (task.queue == queue) {
                throw new IllegalStateException("a task of " + account.name + " would wait for "
                        + (task == this ? "itself" : "a task that waits for the same key"));
            }
        }
        return super.get();
    }
}

package dev.weir.core.sync;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.sync.DrainStep.Ticket;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of one key, and who runs the next of them.
 *
 * <pre>
 *          add: FREE            accepted               begin
 *   IDLE -------------&gt; OFFERED ---------&gt; ACCEPTED ----------------&gt; RUNNING --ended, none waits--&gt; IDLE
 *                        |   \------begin, within execute-------------^  | ^
 *                        |                                        ended, | | begin in another thread;
 *                        | refused                                others | | refused, or begun within
 *                        v                                          wait v | execute: the same thread
 *                       IDLE                                           PASSED --accepted--&gt; ACCEPTED
 * </pre>
 *
 * <p><b>A step is handed over for one task at a time</b>, so that keys take turns in the executor. The thread that ran
 * a task PASSES the key on: it offers the next step, and goes on itself if the executor refuses it or runs it at once
 * in this thread, which is then a loop and no recursion.
 *
 * <p><b>Who only offers holds nothing.</b> The executor may block a submitter that offers a step. So as long as a key
 * is OFFERED, every submitter of the key offers a step of its own, and the first step that begins runs the first task.
 * The other steps come too late, which is harmless. A submitter whose step is refused takes its own task back if it
 * still waits.
 *
 * <p><b>Invariant:</b> while the lock is free, a task waits only if the queue is live: a thread runs or passes, a
 * submitter offers, or the executor has a step. The thread that ends one of these calls {@link #settle()}, which closes
 * a queue that is not live: it leaves the map, and the tasks that are left are abandoned. Nothing is added to a closed
 * queue.
 *
 * <p>The lock is never held while foreign code runs, except for the map's comparison of keys that collide.
 */
final class KeyQueue {
    /** What a queue answers to the submitter of a task. */
    enum Answer {
        /** Look the key up again. */
        CLOSED,
        /** Others see to the key. */
        BUSY,
        /** It is up to the submitter. */
        FREE
    }

    private static final Collection<KeyedTask<?>> NONE = List.of();

    final HashedKey key;
    final InterruptGuard guard = new InterruptGuard();
    private final KeyedExecutor<?> owner;
    private final TaskAccount account;
    private final PromptLock lock = new PromptLock();

    @GuardedBy("lock")
    private final LinkedHashSet<KeyedTask<?>> waiting = new LinkedHashSet<>();

    @GuardedBy("lock")
    private boolean running;

    @GuardedBy("lock")
    private int offering;

    @GuardedBy("lock")
    private @Nullable Ticket accepted;

    @GuardedBy("lock")
    private @Nullable Ticket passed;

    @GuardedBy("lock")
    private @Nullable Thread passer;

    @GuardedBy("lock")
    private boolean returned;

    @GuardedBy("lock")
    private boolean closed;

    KeyQueue(KeyedExecutor<?> owner, TaskAccount account, HashedKey key) {
        this.owner = owner;
        this.account = account;
        this.key = key;
        key.held();
    }

    // ---- submitters

    /** Appends a task. If the answer is FREE, the caller has to {@link #offer} a step. */
    Answer add(KeyedTask<?> task) {
        return add(task, true);
    }

    /** Appends a task, unless the answer is BUSY. If it is FREE, the caller has to {@link #offer} a step. */
    Answer addIfIdle(KeyedTask<?> task) {
        return add(task, false);
    }

    private Answer add(KeyedTask<?> task, boolean mayWait) {
        lock.lock();
        try {
            if (closed) {
                return Answer.CLOSED;
            }
            if (!mayWait && isLive()) {
                return Answer.BUSY;
            }
            task.queue = this;
            waiting.add(task);
            if (running || accepted != null || (passed != null && offering == 0)) {
                return Answer.BUSY;
            }
            offering++;
            return Answer.FREE;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Offers an executor a step, for a task that was added.
     *
     * @return null, or what the executor threw if the task never runs
     */
    @Nullable
    Throwable offer(KeyedTask<?> task, Executor executor) {
        DrainStep step = DrainStep.newOrNull(this);
        Throwable failure = step == null ? new RejectedExecutionException("out of memory") : step.offerTo(executor);
        boolean refused = false;
        Collection<KeyedTask<?>> left;
        lock.lock();
        try {
            offering--;
            if (step != null && failure == null) {
                accept(step.ticket);
            } else {
                refused = waiting.remove(task);
            }
            left = settle();
        } finally {
            lock.unlock();
        }
        account.abandon(left, failure);
        if (refused) {
            task.releasePlace();
            return failure;
        }
        if (failure != null && !(failure instanceof RejectedExecutionException)) {
            account.logExecutorFailure(failure);
        }
        return null;
    }

    /** Takes the oldest task that waits. */
    @Nullable
    KeyedTask<?> pollVictim() {
        lock.lock();
        try {
            return closed ? null : poll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes a task that was cancelled out of the queue. Returns whether it was there. */
    boolean remove(KeyedTask<?> task) {
        lock.lock();
        try {
            return !closed && waiting.remove(task); // what is left in a closed queue belongs to the closing thread
        } finally {
            lock.unlock();
        }
    }

    // ---- the threads that run steps

    /** A step runs: the next task, unless another thread holds the key. */
    void run(Ticket ticket) {
        StackRoom.check(); // before the key is taken: nothing below that is not a task's goes deeper
        KeyedTask<?> next = begin(ticket);
        boolean interrupted = false;
        while (next != null) {
            run(next);
            next = passOn(next);
            interrupted |= next != null && owner.clearInterrupt();
        }
        if (interrupted) {
            Thread.currentThread().interrupt(); // for the thread, to which it may belong
        }
    }

    /** Throws nothing: the key is to be passed on, though there is no memory for what follows the task's end. */
    private void run(KeyedTask<?> task) {
        try {
            task.runInTurn(this);
        } catch (Throwable failure) { // of the JVM
            account.logFailure(failure);
        }
    }

    private @Nullable KeyedTask<?> begin(Ticket ticket) {
        lock.lock();
        try {
            end(ticket);
            if (running || closed) {
                return null;
            }
            if (passed != null && passer == Thread.currentThread()) {
                returned = true; // to the thread that passes the key on, further up the stack
                return null;
            }
            passed = null;
            passer = null;
            KeyedTask<?> task = take();
            settle(); // if there was none to take, and so none is left
            return task;
        } finally {
            lock.unlock();
        }
    }

    /** A task has ended. Returns the next one if this thread has to go on with it. */
    private @Nullable KeyedTask<?> passOn(KeyedTask<?> ended) {
        DrainStep step;
        lock.lock();
        try {
            running = false;
            if (waiting.isEmpty() || accepted != null) {
                settle();
                return null;
            }
            step = DrainStep.newOrNull(this);
            if (step == null) {
                return take();
            }
            passed = step.ticket;
            passer = Thread.currentThread();
            returned = false;
        } finally {
            lock.unlock();
        }
        Throwable refusal = step.offerTo(owner.executor);
        boolean stopped = refusal != null && owner.isStopped(ended);
        KeyedTask<?> next = null;
        Collection<KeyedTask<?>> left;
        lock.lock();
        try {
            if (passed == step.ticket) { // else another thread has begun
                passed = null;
                passer = null;
                if (returned || (refusal != null && !stopped)) {
                    next = take();
                } else if (refusal == null) {
                    accept(step.ticket);
                }
            }
            left = settle();
        } finally {
            lock.unlock();
        }
        account.abandon(left, refusal);
        return next;
    }

    /** The executor will not run a step that it has accepted. */
    void dropped(Ticket ticket) {
        Collection<KeyedTask<?>> left;
        lock.lock();
        try {
            end(ticket);
            left = settle();
        } finally {
            lock.unlock();
        }
        account.abandon(left, null);
    }

    // ---- under the lock

    @GuardedBy("lock")
    private boolean isLive() {
        return running || offering > 0 || accepted != null || passed != null;
    }

    /** The executor has a step, which may have begun already. */
    @GuardedBy("lock")
    private void accept(Ticket ticket) {
        if (!ticket.used && accepted == null) {
            accepted = ticket;
        }
    }

    @GuardedBy("lock")
    private void end(Ticket ticket) {
        ticket.used = true;
        if (accepted == ticket) {
            accepted = null;
        }
    }

    @GuardedBy("lock")
    private @Nullable KeyedTask<?> take() {
        KeyedTask<?> task = poll();
        running = task != null;
        return task;
    }

    @GuardedBy("lock")
    private @Nullable KeyedTask<?> poll() {
        return waiting.isEmpty() ? null : waiting.removeFirst();
    }

    /** Closes the queue if nobody will look at it again. Returns the tasks that are left. */
    @GuardedBy("lock")
    private Collection<KeyedTask<?>> settle() {
        if (closed || isLive()) {
            return NONE;
        }
        owner.forget(this); // first: if it throws, the queue is in the map and goes on
        closed = true;
        return waiting;
    }

    @Override
    public String toString() {
        return "key " + Callbacks.describe(key.key) + " in " + account.name;
    }
}

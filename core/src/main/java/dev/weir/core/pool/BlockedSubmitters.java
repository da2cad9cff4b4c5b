package dev.weir.core.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import dev.weir.core.pool.TaskQueue.Answer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The submitters that wait for room, in the order in which they came.
 *
 * <pre>
 *   (new) --register--&gt; WAITING --signalled: room--&gt; TRYING --accepted, rejected, expired--&gt; (gone)
 *                          ^-- somebody was quicker --/
 * </pre>
 *
 * <p>At most one submitter is TRYING at a time, and passes the signal on when it leaves if there is more room. A thread
 * that makes room does so by a volatile write and then reads {@link #waiting}; a submitter writes that and then tries
 * again before it parks.
 *
 * <p>To be woken for one place, and to sleep again, costs far more than a quick task. So a submitter is lazy at first,
 * and is woken when the queue is half empty; the next one when half of that half is gone, and so on, until the queue is
 * found full again. After a millisecond without that it is eager, and is woken for any place.
 */
final class BlockedSubmitters {
    private static final int YIELDS = 3;

    /** How long a submitter waits for much room before it waits for any. */
    private static final long LAZY_NANOS = 1_000_000;

    /** In a smaller queue there is no such thing as much room. */
    private static final int LAZY_CAPACITY = 16;

    private static final class Submitter extends Waiter {
        /** Whether it takes any room, and not just much; guarded by the lock. */
        boolean eager;
    }

    /** How a wait ended. */
    enum End {
        ACCEPTED,
        CLOSED,
        INTERRUPTED,
        EXPIRED,
        /** There may be no room, but the submitter does not have to wait any more. */
        GIVEN_UP
    }

    private final Backlog backlog;
    private final Function<Runnable, Answer> attempt;
    private final BooleanSupplier mayAccept;
    private final Runnable oneMore;
    private final PromptLock lock = new PromptLock();

    @GuardedBy("lock")
    private final WaiterQueue<Submitter> waiters = new WaiterQueue<>();

    /** How many wait; written under the lock. */
    private volatile int waiting;

    /** How many of those are to be woken for any room; written under the lock. */
    private volatile int eager;

    /** Whether one of them has been woken, and will pass that on. Written under the lock. */
    private volatile boolean trying;

    /** How short the queue has to be for a lazy one to be woken; written under the lock. */
    private volatile int wakeAt;

    /**
     * @param attempt hands a task in if there is room
     * @param mayAccept whether there seems to be room
     * @param oneMore is run when one more waits
     */
    BlockedSubmitters(
            Backlog backlog, Function<Runnable, Answer> attempt, BooleanSupplier mayAccept, Runnable oneMore) {
        this.backlog = backlog;
        this.attempt = attempt;
        this.mayAccept = mayAccept;
        this.oneMore = oneMore;
    }

    /** To be called after there is more room, of whatever sort. */
    void signalIfWaiting() {
        if (waiting != 0 && !trying) {
            signal();
        }
    }

    /** To be called after a task has left the queue. */
    void signalIfWorthwhile() {
        if (waiting != 0 && !trying && (eager != 0 || backlog.size() <= wakeAt)) {
            signal();
        }
    }

    private void signal() {
        Thread thread;
        lock.lock();
        try {
            Submitter first = waiters.peekFirst();
            if (first == null || trying) {
                return;
            }
            trying = true;
            thread = first.markSignalled();
            wakeAt /= 2; // for the next one, as this one may fill the queue alone
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(thread);
    }

    /** Wakes all: the pool is resized, resumed or shut down. */
    void signalAll() {
        if (waiting == 0) {
            return;
        }
        lock.lock();
        try {
            for (Submitter each = waiters.peekFirst(); each != null; each = waiters.next(each)) {
                each.signal(); // unless it is awake, and tries again
            }
        } finally {
            lock.unlock();
        }
    }

    int count() {
        return waiting;
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "WorkerPool " + backlog.pool() + ": room for a task, " + WaitText.of(waiters);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the pool accepts a task or is shut down; interruptible.
     *
     * @param givesUp ends the wait when a signal comes and it holds; null to wait for room in any case
     */
    End await(Runnable task, Deadline deadline, @Nullable BooleanSupplier givesUp) {
        if (!Thread.currentThread().isVirtual()) {
            for (int i = 0; i < YIELDS && waiting == 0; i++) {
                Thread.yield();
                Answer answer = attempt.apply(task);
                if (answer != Answer.FULL) {
                    return end(answer);
                }
            }
        }
        Submitter self = new Submitter();
        int capacity = backlog.capacity();
        boolean lazy = deadline.isNever() && givesUp == null && capacity >= LAZY_CAPACITY;
        register(self, !lazy, capacity / 2);
        try {
            oneMore.run();
            while (true) {
                Answer answer = attempt.apply(task);
                if (answer != Answer.FULL) {
                    return end(answer);
                }
                if (Thread.currentThread().isInterrupted()) {
                    return End.INTERRUPTED;
                }
                if (givesUp != null && givesUp.getAsBoolean()) {
                    return End.GIVEN_UP;
                }
                if (self.isSignalled()) {
                    unsignal(self); // somebody was quicker
                    continue;
                }
                // The wait looks at the signal again before it parks, so what has used up its wakeup does no harm.
                Waiter.End end = lazy ? self.awaitAtMost(this, LAZY_NANOS) : self.await(this, deadline);
                if (end == Waiter.End.EXPIRED) {
                    if (!lazy) {
                        return End.EXPIRED;
                    }
                    lazy = false;
                    becomeEager(self);
                }
            }
        } finally {
            leave(self);
        }
    }

    private static End end(Answer answer) {
        return answer == Answer.ACCEPTED ? End.ACCEPTED : End.CLOSED;
    }

    private void register(Submitter self, boolean eagerly, int half) {
        lock.lock();
        try {
            waiters.addLast(self);
            wakeAt = half;
            self.eager = eagerly;
            countEager(eagerly ? 1 : 0);
            waiting = waiters.size();
        } finally {
            lock.unlock();
        }
    }

    /** Much room was long in coming: the tasks are not quick. */
    private void becomeEager(Submitter self) {
        lock.lock();
        try {
            self.eager = true;
            countEager(1);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void countEager(int change) {
        int before = eager;
        eager = before + change;
    }

    /** Signals that were held back while it was trying are made up for by the attempt that follows. */
    private void unsignal(Submitter self) {
        lock.lock();
        try {
            self.clearSignal();
            trying = false;
        } finally {
            lock.unlock();
        }
    }

    private void leave(Submitter self) {
        lock.lock();
        try {
            waiters.remove(self);
            countEager(self.eager ? -1 : 0);
            waiting = waiters.size();
            if (self.isSignalled()) {
                trying = false;
            }
        } finally {
            lock.unlock();
        }
        if (waiting != 0 && !trying && (eager != 0 ? mayAccept.getAsBoolean() : backlog.size() <= wakeAt)) {
            signal();
        }
    }
}

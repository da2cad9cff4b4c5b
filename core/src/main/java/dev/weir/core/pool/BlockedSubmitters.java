package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Answer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The submitters that wait for room, in the order in which they came.
 *
 * <pre>
 *   (new) --register--&gt; WAITING --signalled: there may be room--&gt; TRYING --accepted, rejected, expired--&gt; (gone)
 *                          ^-------- somebody was quicker ----------/
 * </pre>
 *
 * <p>One at a time is TRYING at the most, and passes the signal on when it leaves if there is more room. Whoever makes room
 * does so by a volatile write and then reads {@link #waiting}; a submitter writes that and then tries again before it
 * parks. Once submitters wait for different things, every signal is for all of them.
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

    private static final class Waiter {
        final Thread thread = Thread.currentThread();

        /** Whether it takes any room, and not just much; guarded by the lock. */
        boolean eager;

        /** Written under the lock. */
        volatile boolean signalled;
    }

    /** What became of a wait. */
    enum End {
        ACCEPTED,
        CLOSED,
        INTERRUPTED,
        EXPIRED
    }

    private final PoolEngine engine;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

    /** How many wait; written under the lock. */
    private volatile int waiting;

    /** How many of those are to be woken for any room; written under the lock. */
    private volatile int eager;

    /** Whether one of them has been woken, and will pass that on. Written under the lock. */
    private volatile boolean trying;

    /** Whether some wait for room in the queue, and some for their key. */
    private volatile boolean mixed;

    /** How short the queue has to be for a lazy one to be woken; written under the lock. */
    private volatile int wakeAt;

    BlockedSubmitters(PoolEngine engine) {
        this.engine = engine;
    }

    /** To be called after there is more room, of whatever sort. */
    void signalIfWaiting() {
        if (waiting != 0 && (!trying || mixed)) {
            signal();
        }
    }

    /** To be called after a task has left the queue. */
    void signalIfWorthwhile() {
        if (waiting != 0 && (!trying || mixed) && (eager != 0 || engine.backlog.length() <= wakeAt)) {
            signal();
        }
    }

    private void signal() {
        Waiter first;
        lock.lock();
        try {
            if (mixed) {
                wakeAll(); // the one that is trying may not want what this is about
                return;
            }
            first = waiters.peekFirst();
            if (first == null || trying) {
                return;
            }
            trying = true;
            first.signalled = true;
            wakeAt /= 2; // for the next one, as this one may fill the queue alone
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(first.thread);
    }

    /** Wakes all: the pool is resized, resumed or shut down. */
    void signalAll() {
        lock.lock();
        try {
            wakeAll();
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    private void wakeAll() {
        for (Waiter waiter : waiters) {
            if (!waiter.signalled) { // else it is awake, and tries again
                waiter.signalled = true;
                LockSupport.unpark(waiter.thread);
            }
        }
    }

    /** From now on submitters wait for different things, and so all try when there is room for one. */
    void mix() {
        mixed = true;
    }

    int count() {
        return waiting;
    }

    /** Waits until the pool accepts a task or is shut down; interruptible, and for so long at most. */
    End await(Runnable task, long timeoutNanos) {
        Clocks clocks = engine.clocks;
        boolean timed = timeoutNanos != Long.MAX_VALUE;
        long start = timed ? clocks.nanos() : 0;
        if (!Thread.currentThread().isVirtual()) {
            for (int i = 0; i < YIELDS && waiting == 0; i++) {
                Thread.yield();
                Answer answer = engine.attempt(task);
                if (answer != Answer.FULL) {
                    return end(answer);
                }
            }
        }
        Waiter self = new Waiter();
        int capacity = engine.backlog.capacity();
        boolean lazy = !timed && !mixed && capacity >= LAZY_CAPACITY;
        register(self, !lazy, capacity / 2);
        try {
            while (true) {
                Answer answer = engine.attempt(task);
                if (answer != Answer.FULL) {
                    return end(answer);
                }
                if (self.thread.isInterrupted()) {
                    return End.INTERRUPTED;
                }
                if (self.signalled) {
                    unsignal(self);
                    continue;
                }
                long left = timed ? timeoutNanos - (clocks.nanos() - start) : Long.MAX_VALUE;
                if (left <= 0) {
                    return End.EXPIRED;
                }
                // Since the last look nothing was called that may park; an unpark after it ends this one.
                if (lazy) {
                    LockSupport.parkNanos(this, LAZY_NANOS);
                    if (!self.signalled) {
                        lazy = false;
                        becomeEager(self);
                    }
                } else if (!timed) {
                    LockSupport.park(this);
                } else {
                    clocks.exact.parkNanos(this, left);
                }
            }
        } finally {
            leave(self);
        }
    }

    private static End end(Answer answer) {
        return answer == Answer.ACCEPTED ? End.ACCEPTED : End.CLOSED;
    }

    private void register(Waiter self, boolean eagerly, int half) {
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
    private void becomeEager(Waiter self) {
        lock.lock();
        try {
            self.eager = true;
            countEager(1);
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    private void countEager(int change) {
        int before = eager;
        eager = before + change;
    }

    /** Somebody was quicker. Signals that were held back meanwhile are made up for by the attempt that follows. */
    private void unsignal(Waiter self) {
        lock.lock();
        try {
            self.signalled = false;
            trying = false;
        } finally {
            lock.unlock();
        }
    }

    private void leave(Waiter self) {
        lock.lock();
        try {
            waiters.remove(self);
            countEager(self.eager ? -1 : 0);
            waiting = waiters.size();
            if (self.signalled) {
                trying = false;
            }
        } finally {
            lock.unlock();
        }
        if (waiting != 0 && !trying && (eager != 0 ? engine.mayAccept() : engine.backlog.length() <= wakeAt)) {
            signal();
        }
    }
}

package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Answer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The submitters that wait for room, in the order in which they came.
 *
 * <pre>
 *   (new) --register--&gt; WAITING --signalled: there may be room--&gt; TRYING --accepted, rejected, expired--&gt; (gone)
 *                          ^-------- somebody was quicker ----------/
 * </pre>
 *
 * <p>One at a time is TRYING at the most, and passes the signal on when it leaves. Whoever makes room does so by a
 * volatile write and then reads {@link #waiting}; a submitter writes that and then tries again before it parks.
 */
final class Submitters {
    private static final int YIELDS = 20;

    private static final class Waiter {
        final Thread thread = Thread.currentThread();

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

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

    /** How many wait; written under the lock. */
    private volatile int waiting;

    /** Whether one of them has been woken, and will pass that on. Written under the lock. */
    private volatile boolean trying;

    private volatile boolean mixed;

    /** To be called after there may be more room. */
    void signalIfWaiting() {
        if (waiting != 0 && !trying) {
            signal();
        }
    }

    private void signal() {
        Waiter first;
        lock.lock();
        try {
            first = waiters.peekFirst();
            if (first == null || trying) {
                return;
            }
            trying = true;
            first.signalled = true;
            if (mixed) {
                wakeAll();
            }
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(first.thread);
    }

    /** Wakes all: the pool is shut down. */
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
            waiter.signalled = true;
            LockSupport.unpark(waiter.thread);
        }
    }

    /** From now on submitters wait for different things, and so all try when there is room for one. */
    void mix() {
        mixed = true;
    }

    int count() {
        return waiting;
    }

    /** Waits until the attempt is not answered with FULL; interruptible, and for so long at most. */
    End await(Supplier<Answer> attempt, BooleanSupplier hasRoom, Clocks clocks, long timeoutNanos) {
        boolean timed = timeoutNanos != Long.MAX_VALUE;
        long start = timed ? clocks.nanos() : 0;
        if (!Thread.currentThread().isVirtual()) {
            for (int i = 0; i < YIELDS && waiting == 0; i++) {
                Thread.yield();
                Answer answer = attempt.get();
                if (answer != Answer.FULL) {
                    return end(answer);
                }
            }
        }
        Waiter self = new Waiter();
        register(self);
        try {
            while (true) {
                Answer answer = attempt.get();
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
                if (!timed) {
                    LockSupport.park(this);
                } else {
                    clocks.exact.parkNanos(this, left);
                }
            }
        } finally {
            leave(self, hasRoom);
        }
    }

    private static End end(Answer answer) {
        return answer == Answer.ACCEPTED ? End.ACCEPTED : End.CLOSED;
    }

    private void register(Waiter self) {
        lock.lock();
        try {
            waiters.addLast(self);
            waiting = waiters.size();
        } finally {
            lock.unlock();
        }
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

    private void leave(Waiter self, BooleanSupplier hasRoom) {
        lock.lock();
        try {
            waiters.remove(self);
            waiting = waiters.size();
            if (self.signalled) {
                trying = false;
            }
        } finally {
            lock.unlock();
        }
        if (waiting != 0 && hasRoom.getAsBoolean()) {
            signalIfWaiting();
        }
    }
}

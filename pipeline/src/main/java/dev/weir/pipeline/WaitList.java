package dev.weir.pipeline;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that wait on one side of a channel, first come, first served.
 *
 * <pre>
 *                enter                    signal                 leave
 *   (no waiter) -------> listed, ARMED  ---------> in flight  ---------> (no waiter), settled
 *                           |                                              ^
 *                           +----------------------------------------------+
 *                                leave: interrupted or timed out
 * </pre>
 *
 * Whenever the lock is free, a listed waiter has one of three to rely on: the side is armed, so that whoever makes
 * something available sees the mark in the very word that it changes, and comes to signal; or a wakeup is in flight,
 * whose thread settles the list when it leaves, whether it used the signal or not; or the channel is closed and all
 * are signalled. One wakeup is in flight at most: what becomes available meanwhile is found by the thread that settles.
 *
 * <p>The lock is held for a dozen instructions in which nothing blocks or allocates much, so it is waited for by
 * yielding. It may be taken between a look and a park, which a lock that parks must not.
 */
abstract class WaitList {
    private static final VarHandle LOCKED;

    static {
        try {
            LOCKED = MethodHandles.lookup().findVarHandle(WaitList.class, "locked", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** How many waiters are kept for reuse, so that waiting in steady state allocates nothing. */
    private static final int MOST_FREE = 256;

    private volatile boolean locked;

    // Guarded by the lock. The flight is also read without it, see signal().
    private @Nullable Waiter first;
    private @Nullable Waiter last;
    private @Nullable Waiter free;
    private int freeCount;
    private boolean armed;
    private volatile boolean inFlight;

    /** Whether a waiter of this side could go on now, or the channel is closed. */
    abstract boolean available();

    /** Marks the word that whoever makes something available changes, unless something is available already. */
    abstract boolean mark();

    /** Takes the mark away. */
    abstract void unmark();

    /**
     * Lists the current thread, unless it can go on.
     *
     * @param ahead whether it goes to the head, as it was woken before and came too late
     * @return the waiter, or null if something is available
     */
    @Nullable
    Waiter enter(boolean ahead) {
        lock();
        try {
            // While a wakeup is in flight no mark is needed: its thread settles the list.
            if (inFlight ? available() : !arm()) {
                return null;
            }
            Waiter waiter = unused();
            waiter.thread = Thread.currentThread();
            link(waiter, ahead);
            return waiter;
        } finally {
            unlock();
        }
    }

    /** Wakes the first waiter, unless a wakeup is in flight. Called after something became available. */
    void signal() {
        // The caller has changed the word before; the thread in flight ends its flight before it reads that word.
        if (inFlight) {
            return;
        }
        lock();
        // What was made available may be gone already; the list is armed then for the next.
        Thread next = inFlight || !available() ? null : takeOff();
        unlock();
        LockSupport.unpark(next);
    }

    /** Ends a wait, in whichever way, and passes on what this waiter leaves. The waiter must not be used again. */
    void leave(Waiter waiter) {
        lock();
        if (waiter.signalled) {
            inFlight = false;
        } else {
            unlink(waiter);
        }
        recycle(waiter);
        Thread next = inFlight ? null : settle();
        unlock();
        LockSupport.unpark(next);
    }

    /** Wakes all; the channel must be closed, so that nobody enters any more. */
    void signalAll() {
        while (true) {
            lock();
            Thread next = takeOff();
            unlock();
            if (next == null) {
                return;
            }
            LockSupport.unpark(next);
        }
    }

    /** Holds the lock for a change that those who enter must see whole. */
    void lock() {
        // Acquire: what the holder before wrote is seen. The mark and the flight have their own ordering.
        while (locked || !LOCKED.compareAndSet(this, false, true)) {
            Thread.yield();
        }
    }

    void unlock() {
        LOCKED.setRelease(this, false);
    }

    private @Nullable Thread settle() {
        if (first == null) {
            if (armed) {
                armed = false;
                unmark();
            }
            return null;
        }
        return arm() ? null : takeOff();
    }

    /** Has whoever makes something available come and signal; false if something is available already. */
    private boolean arm() {
        if (armed) {
            return !available();
        }
        armed = mark();
        return armed;
    }

    private @Nullable Thread takeOff() {
        if (armed) {
            armed = false;
            unmark();
        }
        Waiter waiter = first;
        if (waiter == null) {
            return null;
        }
        unlink(waiter);
        Thread thread = waiter.thread;
        inFlight = true;
        waiter.signalled = true; // from here on it may leave
        return thread;
    }

    private Waiter unused() {
        Waiter waiter = free;
        if (waiter == null) {
            return new Waiter();
        }
        free = waiter.next;
        freeCount--;
        waiter.next = null;
        waiter.signalled = false;
        return waiter;
    }

    private void recycle(Waiter waiter) {
        waiter.thread = null;
        if (freeCount < MOST_FREE) {
            waiter.next = free;
            free = waiter;
            freeCount++;
        }
    }

    private void link(Waiter waiter, boolean ahead) {
        waiter.previous = ahead ? null : last;
        waiter.next = ahead ? first : null;
        if (waiter.previous == null) {
            first = waiter;
        } else {
            waiter.previous.next = waiter;
        }
        if (waiter.next == null) {
            last = waiter;
        } else {
            waiter.next.previous = waiter;
        }
    }

    private void unlink(Waiter waiter) {
        Waiter previous = waiter.previous;
        Waiter next = waiter.next;
        if (previous == null) {
            first = next;
        } else {
            previous.next = next;
        }
        if (next == null) {
            last = previous;
        } else {
            next.previous = previous;
        }
        waiter.previous = null;
        waiter.next = null;
    }
}

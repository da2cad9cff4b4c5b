package dev.weir.channel;

import dev.weir.core.internal.wait.YieldLock;
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
 */
abstract class WaitList extends YieldLock {
    // Guarded by the lock. The flight is also read without it, see signal().
    private final WaiterQueue waiters = new WaiterQueue();
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
     * @param turn where it comes in
     * @return the waiter, or null if something is available
     */
    final @Nullable ChannelWaiter enter(QueuePosition turn) {
        lock();
        Thread next = null;
        try {
            // While a wakeup is in flight no mark is needed: its thread settles the list.
            boolean available = inFlight ? available() : !arm();
            boolean somebodyWaits = inFlight || waiters.first() != null;
            if (available && !(turn == QueuePosition.BEHIND && somebodyWaits)) {
                return null;
            }
            if (available && !inFlight) {
                next = takeOff(); // or this thread would be listed with nothing to rely on
            }
            return waiters.add(turn == QueuePosition.FIRST);
        } finally {
            unlock();
            LockSupport.unpark(next);
        }
    }

    /** Wakes the first waiter, unless a wakeup is in flight. Called after something became available. */
    final void signal() {
        // The caller has changed the word before; the thread in flight ends its flight before it reads that word.
        if (inFlight) {
            return;
        }
        lock();
        // What was made available may be gone already; the list stays armed then for the next.
        Thread next = inFlight || !available() ? null : takeOff();
        unlock();
        LockSupport.unpark(next);
    }

    /** Ends a wait, in whichever way, and passes on what this waiter leaves. The waiter must not be used again. */
    final void leave(ChannelWaiter waiter) {
        lock();
        if (waiter.signalled) {
            inFlight = false;
        } else {
            waiters.remove(waiter);
        }
        waiters.recycle(waiter);
        Thread next = inFlight ? null : settle();
        unlock();
        LockSupport.unpark(next);
    }

    /** Wakes all; what they wait for must be available for ever. */
    final void signalAll() {
        Thread next;
        do {
            lock();
            next = takeOff();
            unlock();
            LockSupport.unpark(next);
        } while (next != null);
    }

    private @Nullable Thread settle() {
        if (waiters.first() == null) {
            disarm();
            return null;
        }
        return arm() ? null : takeOff();
    }

    private @Nullable Thread takeOff() {
        disarm();
        ChannelWaiter waiter = waiters.first();
        if (waiter == null) {
            return null;
        }
        waiters.remove(waiter);
        Thread thread = waiter.thread;
        inFlight = true;
        waiter.signalled = true;
        return thread;
    }

    /** Has whoever makes something available come and signal; false if something is available already. */
    private boolean arm() {
        if (armed) {
            return !available();
        }
        armed = mark();
        return armed;
    }

    private void disarm() {
        if (armed) {
            armed = false;
            unmark();
        }
    }
}

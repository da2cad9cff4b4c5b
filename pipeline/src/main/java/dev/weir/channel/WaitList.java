package dev.weir.channel;

import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.YieldLock;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that wait on one side of a channel, first come, first served.
 *
 * <pre>
 *                enter                    signal                 leave
 *   (no waiter) -------&gt; listed, ARMED  ---------&gt; in flight  ---------&gt; (no waiter), settled
 *                           |                                              ^
 *                           +----------------------------------------------+
 *                                leave: interrupted or timed out
 * </pre>
 *
 * Whenever the lock is free, a listed waiter has one of three to rely on: the side is armed, so that the thread that
 * makes something available sees the mark in the very word that it changes, and comes to signal; or a wakeup is in
 * flight, whose thread settles the list when it leaves, whether it used the signal or not; or the channel is closed and
 * all are signalled. At most one wakeup is in flight: what becomes available meanwhile is found by the thread that
 * settles.
 */
abstract class WaitList extends YieldLock implements WaitingSide {
    // Guarded by the lock. The flight is also read without it, see signal().
    private final ChannelWaiters waiters = new ChannelWaiters();
    private boolean armed;
    private volatile @Nullable ChannelWaiter inFlight;

    /** Whether a waiter of this side could go on now, or the channel is closed. */
    abstract boolean available();

    /** Marks the word that is changed by making something available, unless something is available already. */
    abstract boolean mark();

    /** Takes the mark away. */
    abstract void unmark();

    /** What is waited for, at which channel. */
    abstract String what();

    /** What thread dumps show as waited for, and by which threads. */
    @Override
    public final String toString() {
        String what = what(); // which is not for the time of the lock
        lock();
        try {
            return what + ", " + waiters;
        } finally {
            unlock();
        }
    }

    @Override
    public final int size() {
        lock();
        try {
            return waiters.size();
        } finally {
            unlock();
        }
    }

    /**
     * Lists the current thread, unless it can go on.
     *
     * @param position where it enters
     * @return the waiter, or null if something is available
     */
    final @Nullable ChannelWaiter enter(QueuePosition position) {
        ChannelWaiter waiter;
        Thread next = null;
        StackRoom.check(); // for the wait and the way out of the list, too, which are no deeper
        lock();
        try {
            boolean flying = inFlight != null;
            // While a wakeup is in flight no mark is needed: its thread settles the list.
            boolean available = flying ? available() : !arm();
            boolean othersWait = flying || waiters.first() != null;
            if (available && !(position == QueuePosition.TAIL_EVEN_IF_READY && othersWait)) {
                return null;
            }
            waiter = waiters.add(position == QueuePosition.HEAD);
            if (available && !flying) {
                next = takeOff(); // the first of the others, or this thread would be listed with nothing to rely on
            }
        } finally {
            unlock();
        }
        LockSupport.unpark(next);
        return waiter;
    }

    /** Wakes the first waiter, unless a wakeup is in flight. Called after something became available. */
    final void signal() {
        // The caller has changed the word before; the thread in flight ends its flight before it reads that word.
        if (inFlight != null) {
            return;
        }
        Thread next;
        lock();
        try {
            // What was made available may be gone already; the list stays armed then for the next.
            next = inFlight != null || !available() ? null : takeOff();
        } finally {
            unlock();
        }
        LockSupport.unpark(next);
    }

    /** Ends a wait, in whichever way, and passes on what this waiter leaves. The waiter must not be used again. */
    final void leave(ChannelWaiter waiter) {
        Thread next;
        lock();
        try {
            if (waiter.isSignalled()) {
                inFlight = null;
            } else {
                waiters.remove(waiter);
            }
            waiters.recycle(waiter);
            next = inFlight != null ? null : settle();
        } finally {
            unlock();
        }
        LockSupport.unpark(next);
    }

    /** Wakes all; what they wait for must be available for ever. */
    final void signalAll() {
        Thread next;
        lock();
        try {
            ChannelWaiter flying = inFlight;
            next = flying == null ? takeOff() : flying.thread(); // again, as its unpark may have failed
        } finally {
            unlock();
        }
        while (next != null) {
            LockSupport.unpark(next);
            lock();
            try {
                next = takeOff();
            } finally {
                unlock();
            }
        }
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
        inFlight = waiter;
        return waiter.markSignalled();
    }

    /** Makes the thread that makes something available come and signal; false if something is available already. */
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

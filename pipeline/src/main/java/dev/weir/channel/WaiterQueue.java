package dev.weir.channel;

import org.jspecify.annotations.Nullable;

/** Waiters in order of arrival, any of which may leave. Guarded by its owner's lock. */
final class WaiterQueue {
    /** How many waiters are kept for reuse, so that waiting in steady state allocates nothing. */
    private static final int MOST_FREE = 256;

    private @Nullable ChannelWaiter first;
    private @Nullable ChannelWaiter last;
    private @Nullable ChannelWaiter free;
    private int freeCount;

    @Nullable
    ChannelWaiter first() {
        return first;
    }

    /** Adds the current thread, at the end or ahead of all others. */
    ChannelWaiter add(boolean ahead) {
        ChannelWaiter waiter = free;
        if (waiter == null) {
            waiter = new ChannelWaiter();
        } else {
            free = waiter.next;
            freeCount--;
            waiter.signalled = false;
            waiter.matched = false;
        }
        waiter.thread = Thread.currentThread();
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
        return waiter;
    }

    void remove(ChannelWaiter waiter) {
        ChannelWaiter previous = waiter.previous;
        ChannelWaiter next = waiter.next;
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

    /** Keeps a waiter that was removed, and that its owner will not look at again, for another wait. */
    void recycle(ChannelWaiter waiter) {
        waiter.thread = null;
        waiter.element = null;
        waiter.choice = null;
        if (freeCount < MOST_FREE) {
            waiter.next = free;
            free = waiter;
            freeCount++;
        }
    }
}

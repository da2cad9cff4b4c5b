package dev.weir.channel;

import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.WaiterQueue;
import org.jspecify.annotations.Nullable;

/**
 * The waiters of one side of a buffer in order of arrival, and those of earlier waits, which are kept so that waiting
 * in steady state allocates nothing. Guarded by the owner's lock.
 */
final class ChannelWaiters {
    private static final int MAX_FREE = 256;

    private final WaiterQueue<ChannelWaiter> queue = new WaiterQueue<>();
    private @Nullable ChannelWaiter free;
    private int freeCount;

    int size() {
        return queue.size();
    }

    /** The threads that wait, for thread dumps. */
    @Override
    public String toString() {
        return WaitText.of(queue);
    }

    @Nullable
    ChannelWaiter first() {
        return queue.peekFirst();
    }

    @Nullable
    ChannelWaiter next(ChannelWaiter waiter) {
        return queue.next(waiter);
    }

    /** Adds the current thread, at the end or ahead of all others. */
    ChannelWaiter add(boolean ahead) {
        ChannelWaiter waiter = free;
        if (waiter == null) {
            waiter = new ChannelWaiter();
        } else {
            free = waiter.nextFree;
            waiter.nextFree = null;
            freeCount--;
            waiter.matched = false;
            waiter.drains = false;
            waiter.renew();
        }
        if (ahead) {
            queue.addFirst(waiter);
        } else {
            queue.addLast(waiter);
        }
        return waiter;
    }

    /** Takes a waiter off, unless it was taken off before. */
    void remove(ChannelWaiter waiter) {
        queue.remove(waiter);
    }

    /** Keeps a waiter that was taken off, and that its thread does not look at again, for another wait. */
    void recycle(ChannelWaiter waiter) {
        waiter.release();
        waiter.element = null;
        waiter.choice = null;
        if (freeCount < MAX_FREE) {
            waiter.nextFree = free;
            free = waiter;
            freeCount++;
        }
    }
}

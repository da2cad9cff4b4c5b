package dev.weir.channel;

import org.jspecify.annotations.Nullable;

/**
 * A thread in a {@link WaiterQueue}. In the lists of a buffer with elements it carries a signal to look again, never an
 * element. A {@link RendezvousBuffer} has no place for elements but these.
 */
final class ChannelWaiter {
    @Nullable
    Thread thread;

    @Nullable
    ChannelWaiter previous;

    @Nullable
    ChannelWaiter next;

    /** What a waiting sender offers, or a waiting receiver was given; of a hand-off alone. */
    @Nullable
    Object element;

    /** Shared by the waiters of one select; none if the thread waits for this alone. */
    @Nullable
    SelectLatch choice;

    /** Whether this waiter has given its element, or been given one. */
    boolean matched;

    // Written under the queue's lock, before the unpark; volatile because the owner reads it without the lock.
    volatile boolean signalled;
}

package dev.weir.channel;

import dev.weir.core.internal.wait.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * A thread that waits in a buffer. In the lists of a buffer with elements it carries a signal to look again, never an
 * element. A {@link RendezvousBuffer} has no other place for elements.
 */
final class ChannelWaiter extends Waiter {
    /** What a waiting sender offers, or a waiting receiver was given; used by a {@link RendezvousBuffer} only. */
    @Nullable
    Object element;

    /** Shared by the waiters of one select; null if the thread waits for this alone. */
    @Nullable
    SelectLatch choice;

    /** Whether this waiter may put back what it is given; used by a {@link RendezvousBuffer} only. */
    boolean drains;

    /** Whether this waiter has given its element, or been given one. */
    boolean matched;

    /** The next one of those kept for reuse. */
    @Nullable
    ChannelWaiter nextFree;
}

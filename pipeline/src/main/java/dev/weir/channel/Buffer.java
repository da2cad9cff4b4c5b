package dev.weir.channel;

import dev.weir.core.internal.Name;
import dev.weir.core.internal.ring.Positions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a channel holds, and who waits for it. The operations of a buffer never wait, except by yielding for a thread
 * that is in the middle of its own; they signal the waiters of the other side themselves.
 *
 * <p>It extends {@link Positions} so that a buffer with elements reaches its ends without another indirection (decision
 * record 0012); a {@link RendezvousBuffer} does not use them.
 *
 * <p>To wait is to enter, to park until signalled, interrupted or timed out, and to leave, in any case. A select enters
 * several buffers, with the same choice.
 */
abstract class Buffer<T> extends Positions {
    private static final Name UNNAMED = Name.of("channel", "channel");

    /** For senders that are woken and find no room. */
    final OvertakingLimit senderLimit = new OvertakingLimit();

    /** For receivers that are woken and find no element. */
    final OvertakingLimit receiverLimit = new OvertakingLimit();

    /** Of its channel, which sets it before anybody waits. */
    Name name = UNNAMED;

    /** The highest length that was seen, a racy maximum: a lost update makes it a little lower. */
    volatile long peak;

    // Volatile: written by the thread that begins to wait for the end, before it looks whether that has come; read by
    // the thread that has just brought it about.
    private volatile @Nullable Runnable endWatcher;

    abstract long capacity();

    /** What waits to send. */
    abstract WaitingSide senders();

    /** What waits to receive. */
    abstract WaitingSide receivers();

    /** How many elements have come in; one that was put back has come in again. */
    abstract long sent();

    /** How many elements have gone out, whichever way. */
    abstract long gone();

    /** Adds an element: {@code SENT}, {@code FULL} or {@code CLOSED}. */
    abstract SendResult offer(T element);

    /** Takes the first element, if there is one. */
    abstract @Nullable T poll();

    /** Takes the first element if the buffer is full and not closed, to make room. */
    abstract @Nullable T pollIfFull();

    /** Begins to wait for room, or returns null if an offer may succeed or the buffer is closed. */
    abstract @Nullable ChannelWaiter enterSend(T element, QueuePosition position, @Nullable SelectLatch choice);

    /** Ends a wait for room, and passes its signal on; {@code FULL} means that the element is the caller's. */
    abstract SendResult leaveSend(ChannelWaiter waiter, T element, boolean retry);

    /** Begins to wait for an element, or returns null if a poll may succeed or the buffer has ended. */
    final @Nullable ChannelWaiter enterReceive(QueuePosition position, @Nullable SelectLatch choice) {
        return enterReceive(position, choice, false);
    }

    /**
     * The same; if it is to drain, the element may be put back, and the buffer has not ended until the waiter leaves.
     */
    abstract @Nullable ChannelWaiter enterReceive(
            QueuePosition position, @Nullable SelectLatch choice, boolean toDrain);

    /** Ends a wait for an element, and passes its signal on. */
    abstract @Nullable T leaveReceive(ChannelWaiter waiter, boolean retry);

    /** Closes the buffer, wakes all; false if it was closed. */
    abstract boolean close(@Nullable Throwable cause);

    /** Takes all elements of a closed buffer at once. */
    abstract List<T> removeAll();

    /** Puts an element that was taken back to the front, whether the buffer is closed or full. */
    abstract void putBack(T taken);

    /**
     * Begins to take elements that may be put back. Until the end of this, the buffer does not count as ended, so that
     * no thread sees the end while an element may still come back.
     */
    abstract void beginDrain();

    /** Ends what {@link #beginDrain} began. */
    abstract void endDrain();

    abstract int size();

    /** The element that a poll would take now. */
    abstract @Nullable T peek();

    /** What is in, without what comes or goes right now. */
    abstract List<T> snapshot();

    abstract boolean isClosed();

    /**
     * Whether the buffer is closed and empty and nothing may be put back. It stays so, but for the time in which some
     * thread drains it.
     */
    abstract boolean isEnded();

    abstract @Nullable Throwable failure();

    final void saw(long length) {
        if (length > peak) {
            peak = length;
        }
    }

    /** The highest length that was seen until now. */
    final long peak() {
        saw(size()); // as those who would see it may all be busy
        return peak;
    }

    /**
     * Has the watcher run when the buffer has ended from now on, maybe more than once. It must be the same one each
     * time.
     */
    void watchEnd(Runnable watcher) {
        endWatcher = watcher;
    }

    final void signalIfEnded() {
        Runnable watcher = endWatcher;
        if (watcher != null && isEnded()) {
            watcher.run();
        }
    }
}

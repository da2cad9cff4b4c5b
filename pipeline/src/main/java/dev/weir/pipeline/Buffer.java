package dev.weir.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a channel holds, and who waits for it. The operations of a buffer never wait, except by yielding for a thread
 * that is in the middle of its own; they signal the waiters of the other side themselves.
 */
abstract class Buffer<T> {
    /** Adds an element: {@code SENT}, {@code FULL} or {@code CLOSED}. */
    abstract SendResult offer(T element);

    /** Takes the first element, if there is one. */
    abstract @Nullable T poll();

    /** Takes the first element if the buffer is full, to make room. */
    abstract @Nullable T pollIfFull();

    /** Begins to wait for room, or returns null if an offer may succeed. */
    abstract @Nullable Waiter enterSend(T element, boolean ahead);

    /** Ends a wait for room, and passes its signal on; {@code FULL} means that the element is the caller's. */
    abstract SendResult leaveSend(Waiter waiter, T element, boolean retry);

    /** Begins to wait for an element, or returns null if a poll may succeed or the buffer has ended. */
    abstract @Nullable Waiter enterReceive(boolean ahead);

    /** Ends a wait for an element, and passes its signal on. */
    abstract @Nullable T leaveReceive(Waiter waiter, boolean retry);

    /** Closes the buffer, wakes all; false if it was closed. */
    abstract boolean close(@Nullable Throwable cause);

    /** Takes all elements of a closed buffer at once. */
    abstract List<T> removeAll();

    /** Puts elements that were taken back to the front, whether the buffer is closed or full. */
    abstract void putBack(List<T> taken);

    abstract int size();

    abstract boolean isClosed();

    /** Whether the buffer is closed and empty, which it then stays. */
    abstract boolean isEnded();

    abstract @Nullable Throwable failure();
}

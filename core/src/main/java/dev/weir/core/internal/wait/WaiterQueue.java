package dev.weir.core.internal.wait;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Waiters in a line, first come, first served, and linked through themselves: entering and leaving at either end or in
 * the middle takes constant time and allocates nothing. A waiter stands in one queue at a time. Guarded by the owner's
 * lock.
 *
 * @param <W> the type of its waiters
 */
public sealed class WaiterQueue<W extends Waiter> implements WaiterLine<W> permits WaiterGroup {
    private @Nullable W first;
    private @Nullable W last;
    private int size;

    /** Makes an empty queue. */
    public WaiterQueue() {}

    /**
     * Adds a waiter in front of all others.
     *
     * @param waiter the waiter
     * @throws IllegalStateException if it stands in a queue
     */
    public final void addFirst(W waiter) {
        W head = first;
        enter(waiter);
        waiter.next = head;
        first = waiter;
        if (head == null) {
            last = waiter;
        } else {
            head.previous = waiter;
        }
    }

    /**
     * Adds a waiter behind all others.
     *
     * @param waiter the waiter
     * @throws IllegalStateException if it stands in a queue
     */
    public final void addLast(W waiter) {
        W tail = last;
        enter(waiter);
        waiter.previous = tail;
        last = waiter;
        if (tail == null) {
            first = waiter;
        } else {
            tail.next = waiter;
        }
    }

    private void enter(W waiter) {
        if (waiter.queue != null) {
            throw new IllegalStateException("the waiter stands in a queue already");
        }
        waiter.queue = this;
        size++;
    }

    @Override
    public final void add(W waiter) {
        addLast(waiter);
    }

    @Override
    public final void served(W first) {
        remove(first);
    }

    /**
     * Takes a waiter out.
     *
     * @param waiter the waiter
     * @return false if it does not stand in this queue
     */
    @Override
    public final boolean remove(W waiter) {
        if (waiter.queue != this) {
            return false;
        }
        W before = previous(waiter);
        W after = next(waiter);
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        waiter.previous = null;
        waiter.next = null;
        waiter.queue = null;
        size--;
        return true;
    }

    /**
     * Takes the first waiter out.
     *
     * @return the waiter, or null if there is none
     */
    public final @Nullable W pollFirst() {
        W head = first;
        if (head != null) {
            remove(head);
        }
        return head;
    }

    /**
     * The first waiter.
     *
     * @return the waiter, or null if there is none
     */
    @Override
    public final @Nullable W peekFirst() {
        return first;
    }

    /**
     * The waiter behind another. To take waiters out on the way, ask for the next one before the removal.
     *
     * @param waiter a waiter of this queue
     * @return the next one, or null if it is the last
     */
    @SuppressWarnings("unchecked") // only waiters of this type enter
    public final @Nullable W next(W waiter) {
        return (W) waiter.next;
    }

    @SuppressWarnings("unchecked") // only waiters of this type enter
    private @Nullable W previous(W waiter) {
        return (W) waiter.previous;
    }

    /**
     * Whether a waiter stands in this queue.
     *
     * @param waiter the waiter
     * @return true if it was added and not taken out
     */
    @Override
    public final boolean contains(W waiter) {
        return waiter.queue == this;
    }

    /**
     * Whether no thread waits.
     *
     * @return true if there is no waiter
     */
    @Override
    public final boolean isEmpty() {
        return first == null;
    }

    /**
     * How many waiters there are.
     *
     * @return the number
     */
    @Override
    public final int size() {
        return size;
    }

    @Override
    public final Iterator<W> iterator() {
        return new Iterator<>() {
            private @Nullable W following = first;

            @Override
            public boolean hasNext() {
                return following != null;
            }

            @Override
            public W next() {
                W waiter = following;
                if (waiter == null) {
                    throw new NoSuchElementException();
                }
                following = WaiterQueue.this.next(waiter); // now, as this one may be taken out
                return waiter;
            }
        };
    }
}

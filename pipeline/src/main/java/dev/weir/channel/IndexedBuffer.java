package dev.weir.channel;

import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.ring.Positions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A buffer whose elements have {@link Positions} between a head and a tail.
 *
 * <pre>
 *   tail:  [ position of the next element to come |         | receivers wait | closed   ]
 *   head:  [ position of the next element to go   | awaited | senders wait   | returned ]
 * </pre>
 *
 * The flags in the words that every operation moves make it linearizable:
 *
 * <ul>
 *   <li>After the close has set its flag in the tail no sender moves it, so nothing comes in after a close, and an
 *       element whose sender got through before is waited for, by receivers and by an abort.
 *   <li>A receiver begins to wait by setting its flag in the tail while that equals the head. Whichever sender moves
 *       the tail next sees the flag in the word that it moved, and signals. Senders wait likewise, with a flag in the
 *       head.
 * </ul>
 *
 * <p>The rare case of elements put back is kept out of the way by a flag in the head: while it is set, receivers take
 * those under a lock, and the head does not move.
 */
abstract class IndexedBuffer<T> extends Buffer<T> {
    /** In the tail. */
    static final long CLOSED = SHUT;

    /** In the head: there are elements put back, which go first. */
    static final long RETURNED = SHUT;

    /** In the tail: receivers wait. In the head: senders wait. */
    static final long WAITING = MARK;

    /** In the head: a thread waits for the end. */
    static final long AWAITED = OTHER_MARK;

    private static final long DRAIN = 1;
    private static final long DRAIN_BEGUN = 1L << 20;

    /** At most this many elements go between two looks at the length for the peak. */
    private static final long MOST_BETWEEN_LOOKS = 64;

    private static final long LEAST_BETWEEN_LOOKS = 8;

    final long capacity;

    /** How many elements go between two looks, less one: a power of two, less one. */
    private final long lookMask;

    final WaitList senders = new RoomLine(this);
    final WaitList receivers = new ElementLine(this);

    /**
     * The drains in progress, and beside them (in steps of {@link #DRAIN_BEGUN}) all that ever began: if the whole word
     * is the same before and after a look, and no drain was in progress, none was during the look.
     */
    private final AtomicLong drains = new AtomicLong();

    /** Guarded by the receivers' lock. */
    private @Nullable ArrayDeque<T> returned;

    // Elements put back count as sent again, and as gone when they are taken again. Guarded by the receivers' lock.
    private long putBack;
    private long takenAgain;

    // Written once under the senders' lock, before the close sets its flag; read after that was seen.
    private @Nullable Throwable failure;

    IndexedBuffer(long capacity) {
        this.capacity = capacity;
        this.lookMask = Math.clamp(Long.highestOneBit(capacity), LEAST_BETWEEN_LOOKS, MOST_BETWEEN_LOOKS) - 1;
    }

    /** Waits until the element at a position that the caller has claimed is published, and takes it. */
    abstract T takeClaimed(long position);

    /** Takes the first element if the head is still this. */
    abstract @Nullable T pollAt(long expectedHead);

    @Override
    final @Nullable T pollIfFull() {
        for (int tries = 0; ; tries = pause(tries)) {
            long t = tail();
            long h = head();
            // The head is read after the tail, which never is more than the capacity ahead: so it was full just then.
            if ((t & CLOSED) != 0 || position(t) - position(h) < capacity) {
                return null;
            }
            T element = (h & RETURNED) != 0 ? pollReturned() : pollAt(h);
            if (element != null) {
                return element;
            }
        }
    }

    @Override
    final @Nullable ChannelWaiter enterSend(T element, QueuePosition position, @Nullable SelectLatch choice) {
        return senders.enter(position);
    }

    @Override
    final SendResult leaveSend(ChannelWaiter waiter, T element, boolean retry) {
        // First the retry: the room that this waiter was signalled for is not to be given to the next one as well.
        try {
            return retry ? offer(element) : SendResult.FULL; // which may need memory
        } finally {
            senders.leave(waiter);
        }
    }

    @Override
    final @Nullable ChannelWaiter enterReceive(QueuePosition position, @Nullable SelectLatch choice, boolean toDrain) {
        return receivers.enter(position);
    }

    @Override
    final @Nullable T leaveReceive(ChannelWaiter waiter, boolean retry) {
        try {
            return retry ? poll() : null; // which may find the end of the stack
        } finally {
            receivers.leave(waiter);
        }
    }

    @Override
    final boolean close(@Nullable Throwable cause) {
        boolean first;
        StackRoom.check();
        senders.lock();
        try {
            first = !isClosed();
            if (first) {
                failure = cause;
                flagTail(CLOSED);
            }
        } finally {
            senders.unlock();
        }
        // By each close: one that failed half-way is made good by the next.
        senders.signalAll();
        receivers.signalAll();
        signalIfEnded();
        return first;
    }

    @Override
    final List<T> removeAll() {
        ArrayList<T> left = new ArrayList<>();
        while (true) {
            for (T e; (head() & RETURNED) != 0 && (e = pollReturned()) != null; ) {
                left.add(e);
            }
            long h = head();
            long from = position(h);
            long to = position(tail());
            // nothing fails after the claim
            left.ensureCapacity((int) Math.min(Integer.MAX_VALUE, left.size() + to - from));
            if ((h & RETURNED) == 0 && (from == to || moveHead(h, h + (to - from) * ONE))) {
                for (long position = from; position < to; position++) {
                    left.add(takeClaimed(position));
                }
                signalIfEnded();
                return left;
            }
        }
    }

    @Override
    final void putBack(T taken) {
        receivers.lock();
        try {
            ArrayDeque<T> front = returned;
            if (front == null) {
                returned = front = new ArrayDeque<>();
            }
            front.addFirst(taken);
            putBack++;
            flagHead(RETURNED);
        } finally {
            receivers.unlock();
        }
        receivers.signal();
    }

    /** Takes the first of the elements put back; null if they are gone meanwhile. */
    final @Nullable T pollReturned() {
        T element;
        StackRoom.check();
        receivers.lock();
        try {
            ArrayDeque<T> front = returned;
            element = front == null ? null : front.poll();
            takenAgain += element == null ? 0 : 1;
            if (front != null && front.isEmpty()) {
                returned = null;
                unflagHead(RETURNED);
            }
        } finally {
            receivers.unlock();
        }
        signalIfEnded();
        return element;
    }

    /** What a receiver does that has moved the head from one with flags, after the room is published. */
    final void tookFrom(long h) {
        if ((h & WAITING) != 0) {
            senders.signal();
        }
        if ((h & AWAITED) != 0) {
            signalIfEnded();
        }
    }

    @Override
    final void watchEnd(Runnable watcher) {
        super.watchEnd(watcher);
        flagHead(AWAITED);
    }

    /** Adds what is in at these positions, without what comes or goes right now. */
    abstract void peek(long from, long to, List<T> target);

    @Override
    final @Nullable T peek() {
        List<T> found = new ArrayList<>(1);
        for (int tries = 0; ; tries = pause(tries)) {
            long h = head();
            if ((h & RETURNED) != 0) {
                T element = peekReturned();
                if (element != null) {
                    return element;
                }
            } else if (position(tail()) == position(h)) {
                return null; // as for a poll
            } else {
                // Nothing if it is not published yet, or taken by now. The one after it is not the first then.
                peek(position(h), position(h) + 1, found);
                if (!found.isEmpty()) {
                    return found.get(0);
                }
            }
        }
    }

    private @Nullable T peekReturned() {
        receivers.lock();
        try {
            return returned == null ? null : returned.peek();
        } finally {
            receivers.unlock();
        }
    }

    @Override
    final List<T> snapshot() {
        List<T> elements = new ArrayList<>();
        receivers.lock();
        try {
            if (returned != null) {
                elements.addAll(returned);
            }
        } finally {
            receivers.unlock();
        }
        long end = position(tail());
        peek(position(head()), end, elements);
        return elements;
    }

    /**
     * Looks at the length now and then. Called before an element is taken at this head, as nothing may fail after that.
     */
    final void look(long h) {
        if ((position(h) & lookMask) == 0 && isLongerThan(peak, h)) {
            long t = tail();
            if (head() == h) { // or it may never have been as long as from there to here
                saw(position(t) - position(h));
            }
        }
    }

    /** Whether there may be more than that number of elements at this head; best told without a look at the tail. */
    abstract boolean isLongerThan(long length, long h);

    @Override
    final long sent() {
        receivers.lock();
        try {
            return position(tail()) + putBack;
        } finally {
            receivers.unlock();
        }
    }

    @Override
    final long gone() {
        receivers.lock();
        try {
            return position(head()) + takenAgain;
        } finally {
            receivers.unlock();
        }
    }

    @Override
    final WaitingSide senders() {
        return senders;
    }

    @Override
    final WaitingSide receivers() {
        return receivers;
    }

    @Override
    final long capacity() {
        return capacity;
    }

    @Override
    final int size() {
        while (true) {
            long t = tail();
            long h = head();
            if ((h & RETURNED) != 0) {
                return sizeWithReturned();
            }
            // Positions only grow, so the tail had this one while the head was read.
            if (position(tail()) == position(t)) {
                return (int) Math.min(Integer.MAX_VALUE, position(t) - position(h));
            }
        }
    }

    private int sizeWithReturned() {
        long size;
        receivers.lock();
        try {
            // While there are elements put back, the head does not move, and they do not change while the lock is held.
            long back = returned == null ? 0 : returned.size();
            size = back == 0 ? -1 : back + position(tail()) - position(head());
        } finally {
            receivers.unlock();
        }
        return size < 0 ? size() : (int) Math.min(Integer.MAX_VALUE, size);
    }

    @Override
    final boolean isClosed() {
        return (tail() & CLOSED) != 0;
    }

    @Override
    final boolean isEnded() {
        long t = tail();
        return (t & CLOSED) != 0 && isEndedAt(t);
    }

    final boolean isEndedAt(long closedTail) {
        long before = drains.get();
        return (before & (DRAIN_BEGUN - 1)) == 0 && isEmptyAtTail(closedTail) && drains.get() == before;
    }

    @Override
    final void beginDrain() {
        drains.getAndAdd(DRAIN_BEGUN + DRAIN);
    }

    @Override
    final void endDrain() {
        drains.getAndAdd(-DRAIN);
        if (isEnded()) {
            receivers.signalAll(); // which wait for what might have been put back
            signalIfEnded();
        }
    }

    /** Whether nothing is in, if the tail is still this. */
    final boolean isEmptyAtTail(long t) {
        long h = head();
        return (h & RETURNED) == 0 && position(h) == position(t);
    }

    @Override
    final @Nullable Throwable failure() {
        return isClosed() ? failure : null;
    }
}

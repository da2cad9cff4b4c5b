package dev.weir.channel;

import dev.weir.core.internal.PaddedAtomicLong;
import dev.weir.core.internal.StackRoom;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A buffer without a fixed size: segments of {@value #SEGMENT} cells, linked one after the other as they are needed. A
 * cell is used once: null, then its element, then null again.
 *
 * <pre>
 *   dead segment ⟲    first → segment → … → last → (null)
 * </pre>
 *
 * A segment all of whose elements were taken is no longer reachable from here, and links to itself: were it to lead to
 * the later ones, a dead segment in the old generation would keep all of those alive for young collections.
 *
 * <p>Both ends remember a segment at or before the one that they work on. An end never goes on to a segment whose first
 * position it has not reached; so a thread that reads the segment first, and only then the position, finds the cell by
 * going forward. If it comes to a dead segment on its way, it is late: its position was taken, and it looks again. The
 * senders' segment is never dead, because a sender goes on to the segment of a position before it claims the position,
 * and a receiver only afterwards.
 */
final class LinkedBuffer<T> extends IndexedBuffer<T> {
    static final int SEGMENT = 64;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final VarHandle NEXT = handle(Segment.class, "next");
    private static final VarHandle FIRST = handle(LinkedBuffer.class, "first");
    private static final VarHandle LAST = handle(LinkedBuffer.class, "last");

    private static VarHandle handle(Class<?> owner, String field) {
        return ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), field, VarHandle.class, owner, Segment.class);
    }

    static final class Segment {
        final long from;
        final @Nullable Object[] cells = new Object[SEGMENT];

        // Volatile: a thread that follows it reads the segment's own fields, which are final. This one: dead.
        volatile @Nullable Segment next;

        Segment(long from) {
            this.from = from;
        }

        /** The segment after this one, which is added if there is none; null if this one is dead. */
        @Nullable
        Segment followed() {
            Segment following = next;
            if (following == null) {
                Segment added = new Segment(from + SEGMENT);
                following = NEXT.compareAndSet(this, null, added) ? added : next;
            }
            return following == this ? null : following;
        }
    }

    // Volatile: read before the head or tail, in this order, see above.
    volatile Segment first = new Segment(0);
    private volatile Segment last = first;

    // Volatile, and written for that alone: it keeps what was written before from coming after what is written next.
    @SuppressWarnings("UnusedVariable")
    private volatile boolean fence;

    /**
     * There is room for all positions below this one, as a head that was seen says; so the head is seldom looked at.
     */
    private final PaddedAtomicLong room = new PaddedAtomicLong();

    LinkedBuffer(long capacity) {
        super(capacity);
        room.setPlain(capacity);
    }

    @Override
    SendResult offer(T element) {
        while (true) {
            Segment from = last;
            long t = tail();
            if ((t & (CLOSED | WAITING)) != 0) {
                if ((t & CLOSED) != 0) {
                    return SendResult.CLOSED;
                }
                StackRoom.check(); // before the element is in: what comes then must not end half-way
            }
            long position = position(t);
            // An old value is too low, never too high. Acquire: what receivers did before they made the room is seen.
            if (position >= room.getAcquire() && !seesRoom(position)) {
                saw(capacity);
                return SendResult.FULL;
            }
            Segment segment = find(LAST, from, position); // first, so that after the claim nothing can fail
            if (segment != null && moveTail(t, t + ONE)) {
                int index = (int) (position - segment.from);
                try {
                    // Release: what the sender did before is seen by the receiver that finds the element.
                    CELL.setRelease(segment.cells, index, element);
                } catch (StackOverflowError end) { // of the call: what is claimed is published without one
                    fence = true;
                    segment.cells[index] = element;
                }
                if ((t & WAITING) != 0) {
                    receivers.signal();
                }
                return SendResult.SENT;
            }
        }
    }

    private boolean seesRoom(long position) {
        long head = position(head());
        if (position - head >= capacity) {
            return false;
        }
        room.setRelease(head + capacity);
        return true;
    }

    @Override
    boolean isLongerThan(long length, long h) {
        return true;
    }

    @Override
    @Nullable
    T poll() {
        int tries = 0;
        while (true) {
            Segment from = first;
            long h = head();
            if ((h & RETURNED) != 0) {
                T element = pollReturned();
                if (element != null) {
                    return element;
                }
            } else {
                look(h);
                // If an element is there, the tail is not looked at, which senders write; except where a segment would
                // have to be added, as only a sender may be the first to go on to that.
                if (position(h) < from.from + SEGMENT || !isEmptyAt(h)) {
                    T element = poll(from, h);
                    if (element != null) {
                        return element;
                    }
                }
                if (isEmptyAt(h)) {
                    return null; // as the head cannot be beyond the tail, the tail was here when the head was read
                }
                tries = pause(tries);
            }
        }
    }

    @Override
    @Nullable
    T pollAt(long h) {
        Segment from = first;
        return from.from > position(h) ? null : poll(from, h);
    }

    private @Nullable T poll(Segment from, long h) {
        long position = position(h);
        Segment segment = find(FIRST, from, position);
        if (segment == null) {
            return null;
        }
        int index = (int) (position - segment.from);
        if ((h & (WAITING | AWAITED)) != 0) {
            StackRoom.check(); // before the element is taken: what comes then must not end half-way
        }
        // Acquire: pairs with the sender's release.
        if (CELL.getAcquire(segment.cells, index) == null || !moveHead(h, h + ONE)) {
            return null;
        }
        // Nothing is called here that the end of a stack could keep from being called.
        @SuppressWarnings("unchecked")
        T element = (T) segment.cells[index];
        segment.cells[index] = null;
        if ((h & (WAITING | AWAITED)) != 0) {
            tookFrom(h);
        }
        return element;
    }

    @Override
    T takeClaimed(long position) {
        // Everything is claimed up to the tail, and the tail does not move, so this end has not gone further.
        Segment segment = Objects.requireNonNull(find(FIRST, first, position));
        int index = (int) (position - segment.from);
        for (int tries = 0; CELL.getAcquire(segment.cells, index) == null; ) {
            tries = pause(tries);
        }
        @SuppressWarnings("unchecked")
        T taken = (T) Objects.requireNonNull(segment.cells[index]);
        segment.cells[index] = null;
        return taken;
    }

    @Override
    void peek(long from, long to, List<T> target) {
        Segment segment = first;
        while (segment != null && segment.from < to) {
            for (int index = (int) Math.max(0, from - segment.from);
                    index < Math.min(SEGMENT, to - segment.from);
                    index++) {
                // Acquire: pairs with the sender's release.
                @SuppressWarnings("unchecked")
                T element = (T) CELL.getAcquire(segment.cells, index);
                if (element != null) {
                    target.add(element);
                }
            }
            Segment following = segment.next;
            // of a dead one, what follows is all taken up to the first
            segment = following == segment ? first : following;
        }
    }

    /** The segment of a position that this end has claimed or is about to, and remembers it; null if it is dead. */
    private @Nullable Segment find(VarHandle end, Segment from, long position) {
        Segment segment = from;
        while (segment != null && position >= segment.from + SEGMENT) {
            segment = segment.followed();
        }
        if (segment != null && segment != from) {
            remember(end, segment);
        }
        return segment;
    }

    private void remember(VarHandle end, Segment segment) {
        while (true) {
            Segment known = (Segment) end.getVolatile(this);
            if (known.from >= segment.from) {
                return;
            }
            if (end.compareAndSet(this, known, segment)) {
                if (end == FIRST) {
                    bury(known, segment);
                }
                return;
            }
        }
    }

    /** Links the segments before another one to themselves; nobody else does that to these. */
    private static void bury(Segment from, Segment to) {
        Segment segment = from;
        while (segment != to && segment != null) {
            Segment following = segment.next;
            segment.next = segment;
            segment = following;
        }
    }
}

package dev.weir.channel;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A buffer of a fixed number of slots, used round after round.
 *
 * <pre>
 *                         sender at p: tail p → p + 1, element, stamp
 *   free for p, stamp 2p ---------------------------------------------> holds p, stamp 2p + 1
 *            ^                                                                |
 *            | p := p + capacity                                              |
 *            +----------------------------------------------------------------+
 *                         receiver at p: head p → p + 1, clears, stamp
 * </pre>
 *
 * After the bounded queue of Dmitry Vyukov, whose cells have a sequence number each. Ours differ in three ways: the
 * stamps of a free and of a full slot are never equal, so that a ring of one slot works as well; the capacity need not be
 * a power of two; and a slot in transition is waited for, so that "empty" and "full" are exact.
 */
final class RingBuffer<T> extends IndexedBuffer<T> {
    private static final VarHandle STAMP = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "stamp", VarHandle.class, Slot.class, long.class);

    @SuppressWarnings("UnusedVariable") // read through the handle
    private static final class Slot<T> {
        long stamp;

        @Nullable
        T element;

        Slot(long stamp) {
            this.stamp = stamp;
        }
    }

    private final Slot<T>[] slots;

    /** For a capacity that is a power of two, or else 0. */
    private final long mask;

    @SuppressWarnings({"unchecked", "rawtypes"})
    RingBuffer(int capacity) {
        super(capacity);
        slots = new Slot[capacity];
        for (int i = 0; i < capacity; i++) {
            slots[i] = new Slot<>(2L * i);
        }
        mask = Integer.bitCount(capacity) == 1 ? capacity - 1 : 0;
    }

    private Slot<T> slot(long position) {
        return slots[(int) (mask != 0 || capacity == 1 ? position & mask : position % capacity)];
    }

    // Acquire: the slot's content, left by the thread that set the stamp, is read or replaced after this.
    private static long stamp(Slot<?> slot) {
        return (long) STAMP.getAcquire(slot);
    }

    // Release: what was put into or removed from the slot before is seen by whoever reads this stamp.
    private static void stamp(Slot<?> slot, long stamp) {
        STAMP.setRelease(slot, stamp);
    }

    @Override
    SendResult offer(T element) {
        int tries = 0;
        while (true) {
            long t = tail();
            if ((t & CLOSED) != 0) {
                return SendResult.CLOSED;
            }
            long position = position(t);
            Slot<T> slot = slot(position);
            if (stamp(slot) == 2 * position) {
                if (moveTail(t, t + ONE)) {
                    slot.element = element;
                    stamp(slot, 2 * position + 1);
                    if ((t & WAITING) != 0) {
                        receivers.signal();
                    }
                    return SendResult.SENT;
                }
            } else if (position - position(head()) >= capacity) {
                return SendResult.FULL; // as the tail cannot be further ahead of the head, it was there until now
            } else {
                tries = pause(tries);
            }
        }
    }

    @Override
    @Nullable
    T poll() {
        int tries = 0;
        while (true) {
            long h = head();
            if ((h & RETURNED) != 0) {
                T element = pollReturned();
                if (element != null) {
                    return element;
                }
                continue;
            }
            long position = position(h);
            Slot<T> slot = slot(position);
            if (stamp(slot) == 2 * position + 1) {
                if (moveHead(h, h + ONE)) {
                    return take(slot, position, h);
                }
            } else if (position(tail()) == position) {
                return null; // as the head cannot be beyond the tail, it was there since it was read
            } else {
                tries = pause(tries);
            }
        }
    }

    @Override
    @Nullable
    T pollAt(long h) {
        long position = position(h);
        Slot<T> slot = slot(position);
        if (stamp(slot) != 2 * position + 1 || !moveHead(h, h + ONE)) {
            return null;
        }
        return take(slot, position, h);
    }

    @Override
    T takeClaimed(long position) {
        Slot<T> slot = slot(position);
        for (int tries = 0; stamp(slot) != 2 * position + 1; ) {
            tries = pause(tries);
        }
        return take(slot, position, 0);
    }

    private T take(Slot<T> slot, long position, long h) {
        T element = slot.element;
        slot.element = null;
        stamp(slot, 2 * (position + capacity));
        if ((h & (WAITING | AWAITED)) != 0) {
            tookFrom(h);
        }
        return Objects.requireNonNull(element);
    }

    @Override
    void peek(long from, long to, List<T> target) {
        for (long position = from; position < to; position++) {
            Slot<T> slot = slot(position);
            boolean full = stamp(slot) == 2 * position + 1;
            T element = slot.element;
            VarHandle.acquireFence(); // the second look at the stamp must not come before that at the element
            if (full && element != null && stamp(slot) == 2 * position + 1) {
                target.add(element);
            }
        }
    }
}

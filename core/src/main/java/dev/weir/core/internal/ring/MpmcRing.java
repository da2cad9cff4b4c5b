package dev.weir.core.internal.ring;

import dev.weir.core.internal.StackRoom;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The slots of a queue between any number of threads on either side: a fixed number, used round after round.
 *
 * <pre>
 *                         sender at p: tail p → p + 1, element, stamp
 *   free for p, stamp 2p ---------------------------------------------&gt; holds p, stamp 2p + 1
 *            ^                                                                |
 *            | p := p + capacity                                              |
 *            +----------------------------------------------------------------+
 *                         taker at p: head p → p + 1, clears, stamp
 * </pre>
 *
 * After the bounded queue of Dmitry Vyukov, whose cells have a sequence number each. Ours differs in three ways: the
 * stamps of a free and of a full slot are never equal, so that a ring of one slot works as well; the capacity need not
 * be a power of two; and a slot in transition is waited for, so that "empty" and "full" are exact. There are a few
 * instructions between the claim of a position and the publication of its element (or of its room). A thread that finds
 * a position claimed and not published yields until it is: were it to report "empty" or "full" instead, an element that
 * was sent after that one could be in and nobody would find it.
 *
 * <p>The ends are the owner's, which may extend {@link Positions}: another indirection on the way to them is felt. An
 * operation reports, or is given, the word that it moves, so that its caller knows the element's position and the
 * flags. The ring knows no threads: waiting and waking are the owner's, too. A taker looks like this:
 *
 * <pre>
 *   while (true) {
 *       long h = ends.head();
 *       E element = ring.poll(ends, h);
 *       if (element != null) {
 *           return element; // its position is that of h
 *       }
 *       if (ends.isEmptyAt(h)) {
 *           return null;
 *       }
 *       tries = Positions.pause(tries);
 *   }
 * </pre>
 *
 * <p><b>The end of a stack.</b> In the interpreter, the access through a handle is a call of several frames, and so may
 * overflow where the compare-and-set before it has not. A position that is claimed is published by a plain write then,
 * or all others would wait for it without end (decision record 0017).
 *
 * <p>An element may have a number with it, which is published and taken together with it.
 *
 * <p><b>Memory effects.</b> What a thread does before it offers an element happens-before what another does after it
 * has taken it.
 *
 * @param <E> the type of the elements
 */
public final class MpmcRing<E> {
    /** The tail is {@linkplain Positions#SHUT shut}. */
    public static final long REFUSED = -1;

    /** There is no room. */
    public static final long FULL = -2;

    private static final VarHandle STAMP =
            ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), "stamp", VarHandle.class, Slot.class, long.class);

    /**
     * An element and its number, for a taker to use again and again.
     *
     * @param <E> the type of the elements
     */
    public static class Tagged<E> {
        /** The element that was taken last; the taker may clear it. */
        public @Nullable E element;

        /** Its number. */
        public long tag;

        /** Makes one without an element. */
        public Tagged() {}
    }

    @SuppressWarnings("UnusedVariable") // read through the handle
    private static final class Slot<E> {
        // Volatile only for those writes that must not call anything; all others go through the handle.
        volatile long stamp;

        @Nullable
        E element;

        long tag;

        Slot(long stamp) {
            this.stamp = stamp;
        }
    }

    private final Slot<E>[] slots;
    private final long capacity;

    /** For a capacity that is a power of two, or else 0. */
    private final long mask;

    /**
     * Makes an empty ring.
     *
     * @param capacity the number of slots, at least 1
     */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public MpmcRing(int capacity) {
        this.capacity = capacity;
        slots = new Slot[capacity];
        for (int i = 0; i < capacity; i++) {
            slots[i] = new Slot<>(2L * i);
        }
        mask = Integer.bitCount(capacity) == 1 ? capacity - 1 : 0;
    }

    private Slot<E> slot(long position) {
        return slots[(int) (mask != 0 || capacity == 1 ? position & mask : position % capacity)];
    }

    // Acquire: the slot's content, left by the thread that set the stamp, is read or replaced after this.
    private static long stamp(Slot<?> slot) {
        return (long) STAMP.getAcquire(slot);
    }

    // Release: what was put into or removed from the slot before is seen by the thread that reads this stamp.
    private static void stamp(Slot<?> slot, long stamp) {
        STAMP.setRelease(slot, stamp);
    }

    /**
     * Adds an element at the tail.
     *
     * @param ends the ends of the queue, always the same
     * @param element the element
     * @return the word of the tail that this has moved, with the element's position and the flags; or {@link #FULL} or
     *     {@link #REFUSED}
     * @throws StackOverflowError if the tail has a mark and there is no room to do what that says; nothing was added
     */
    public long offer(Positions ends, E element) {
        int tries = 0;
        while (true) {
            long t = ends.tail();
            if ((t & Positions.FLAGS) != 0) {
                if ((t & Positions.SHUT) != 0) {
                    return REFUSED;
                }
                StackRoom.check(); // the owner is going to wake a thread, and must not end half-way
            }
            long position = Positions.position(t);
            Slot<E> slot = slot(position);
            if (stamp(slot) == 2 * position) {
                if (ends.moveTail(t, t + Positions.ONE)) {
                    slot.element = element;
                    try {
                        stamp(slot, 2 * position + 1);
                    } catch (StackOverflowError end) { // of the call, whose frames are larger than the claim's
                        slot.stamp = 2 * position + 1;
                    }
                    return t;
                }
            } else if (position - Positions.position(ends.head()) >= capacity) {
                return FULL; // as the tail cannot be further ahead of the head, it was there until now
            } else {
                tries = Positions.pause(tries);
            }
        }
    }

    /**
     * Adds an element with a number if the tail still is this and the slot is free.
     *
     * @param ends the ends of the queue, always the same
     * @param t the word of the tail, not {@linkplain Positions#SHUT shut}; it has the element's position and the flags
     * @param element the element
     * @param tag the number
     * @return false if there is no room, another thread was faster, or the element before is on its way out
     */
    public boolean offer(Positions ends, long t, E element, long tag) {
        long position = Positions.position(t);
        Slot<E> slot = slot(position);
        if (stamp(slot) != 2 * position || !ends.moveTail(t, t + Positions.ONE)) {
            return false;
        }
        slot.element = element;
        slot.tag = tag;
        stamp(slot, 2 * position + 1);
        return true;
    }

    /**
     * Takes the first element if the head still is this and the element is published.
     *
     * @param ends the ends of the queue, always the same
     * @param h the word of the head, not {@linkplain Positions#SHUT shut}; it has the element's position and the flags
     * @return the element; null if there is none, another thread was faster, or the element is on its way in
     */
    public @Nullable E poll(Positions ends, long h) {
        long position = Positions.position(h);
        Slot<E> slot = slot(position);
        if (stamp(slot) != 2 * position + 1 || !ends.moveHead(h, h + Positions.ONE)) {
            return null;
        }
        E element = slot.element; // and nothing is called that the end of a stack could keep from being called
        slot.element = null;
        try {
            stamp(slot, 2 * (position + capacity));
        } catch (StackOverflowError end) {
            slot.stamp = 2 * (position + capacity);
        }
        return element;
    }

    /**
     * Takes an element whose position the caller has moved the head over; yields while it is on its way in.
     *
     * @param position the element's position
     * @return the element
     */
    public E takeClaimed(long position) {
        return take(awaitPublished(position), position);
    }

    /**
     * Takes the first element and its number, as {@link #poll(Positions, long)} does.
     *
     * @param ends the ends of the queue, always the same
     * @param h the word of the head, not {@linkplain Positions#SHUT shut}
     * @param into is given both
     * @return false if there is none, another thread was faster, or the element is on its way in
     */
    public boolean poll(Positions ends, long h, Tagged<E> into) {
        long position = Positions.position(h);
        Slot<E> slot = slot(position);
        if (stamp(slot) != 2 * position + 1 || !ends.moveHead(h, h + Positions.ONE)) {
            return false;
        }
        take(slot, position, into);
        return true;
    }

    /**
     * Takes an element whose position the caller has moved the head over, and its number; yields while it is on its way
     * in.
     *
     * @param position the element's position
     * @param into is given both
     */
    public void takeClaimed(long position, Tagged<E> into) {
        take(awaitPublished(position), position, into);
    }

    /**
     * Reads an element and its number, and leaves both where they are; yields while they are on their way in. The
     * caller has shut the head before the position, so that nobody takes them meanwhile.
     *
     * @param position the element's position
     * @param into is given both
     */
    public void read(long position, Tagged<E> into) {
        Slot<E> slot = awaitPublished(position);
        into.tag = slot.tag;
        into.element = slot.element;
    }

    /**
     * Whether the element of this position is in and published. Tells a taker whether there are more than a number of
     * elements without a look at the tail, which would take the tail's cache line away from the senders.
     *
     * @param position the position
     * @return false also if the element is on its way in, or taken
     */
    public boolean isPublished(long position) {
        return stamp(slot(position)) == 2 * position + 1;
    }

    private Slot<E> awaitPublished(long position) {
        Slot<E> slot = slot(position);
        for (int tries = 0; stamp(slot) != 2 * position + 1; ) {
            tries = Positions.pause(tries);
        }
        return slot;
    }

    private void take(Slot<E> slot, long position, Tagged<E> into) {
        into.tag = slot.tag;
        into.element = take(slot, position);
    }

    private E take(Slot<E> slot, long position) {
        E element = slot.element;
        slot.element = null;
        stamp(slot, 2 * (position + capacity));
        return Objects.requireNonNull(element);
    }

    /**
     * Adds the elements at these positions to a collection, without those that come or go meanwhile.
     *
     * @param from the first position
     * @param to the position after the last one
     * @param target where the elements go
     */
    public void peek(long from, long to, Collection<? super E> target) {
        for (long position = from; position < to; position++) {
            Slot<E> slot = slot(position);
            boolean full = stamp(slot) == 2 * position + 1;
            E element = slot.element;
            VarHandle.acquireFence(); // the second look at the stamp must not come before that at the element
            if (full && element != null && stamp(slot) == 2 * position + 1) {
                target.add(element);
            }
        }
    }
}

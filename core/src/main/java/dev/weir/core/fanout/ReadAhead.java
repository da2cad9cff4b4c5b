package dev.weir.core.fanout;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The items that a worker has read from the source and that nobody has begun: a ring that its owner fills, and from
 * which everybody takes, one by one. So an item that takes long keeps none of those that were read with it.
 *
 * <pre>
 *            next           end
 *   ---------|--------------|----------&gt; positions, never reset
 *    taken       to be had     not filled
 *
 *   EMPTY (next = end) --fill--&gt; FILLED (next &lt; end) --take, take, ... the last--&gt; EMPTY
 * </pre>
 *
 * <p>Only the owner fills, and only when EMPTY. Whoever takes reads what is at {@code next} first, and then moves {@code
 * next} on by a compare-and-set; when that succeeds, nobody has taken the position, so the ring was not EMPTY in between,
 * so the owner has not filled it anew, and what was read is right. Positions are never used twice, so there is no ABA.
 */
final class ReadAhead {
    private static final VarHandle NEXT;
    private static final VarHandle END;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            NEXT = lookup.findVarHandle(ReadAhead.class, "next", long.class);
            END = lookup.findVarHandle(ReadAhead.class, "end", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Its length is a power of two. Read racily, and validated by the compare-and-set, as are the next two. */
    private @Nullable Object[] items = new Object[1];

    /** The index in the source of position 0, if all had been read in one. */
    private long offset;

    @SuppressWarnings("unused") // through NEXT
    private long next;

    /** Plainly read by the owner, which alone writes it. */
    private long end;

    /** What {@code next} was at the last {@link #isStuck}; guarded by whatever guards those calls. */
    private long lookedAt = -1;

    /** Someone who takes. */
    interface Taker {
        void taken(long index, @Nullable Object item);
    }

    /**
     * Makes room. For the owner, when the ring is empty.
     *
     * @param count how many items may follow, at least 1
     * @param firstIndex the index in the source of the first that follows
     */
    void prepare(int count, long firstIndex) {
        if (items.length < count) {
            items = new Object[Integer.highestOneBit(count - 1) << 1];
        }
        offset = firstIndex - end;
    }

    /** Puts an item, which nobody sees yet. For the owner, after {@link #prepare}. */
    void put(long index, @Nullable Object item) {
        items[(int) (index - offset) & (items.length - 1)] = item;
    }

    /** Lets everybody see what was put. For the owner. */
    void publish(long endIndex) {
        // Release: whoever sees the new end sees the items, the array and the offset.
        END.setRelease(this, endIndex - offset);
    }

    /** Gives the taker the first item, if there is one. */
    boolean take(Taker taker) {
        while (true) {
            // Acquire, both: the items, the array and the offset are read after them, and so are not older.
            long position = (long) NEXT.getAcquire(this);
            if (position >= (long) END.getAcquire(this)) {
                return false;
            }
            @Nullable Object[] ring = items;
            Object item = ring[(int) position & (ring.length - 1)];
            long index = position + offset;
            // Volatile, for its release: the three reads above stay above.
            if (NEXT.compareAndSet(this, position, position + 1)) {
                taker.taken(index, item);
                return true;
            }
        }
    }

    boolean isEmpty() {
        return (long) NEXT.getAcquire(this) >= (long) END.getAcquire(this);
    }

    /** Whether items lie here of which none was taken since this was asked the last time. */
    boolean isStuck() {
        long position = (long) NEXT.getAcquire(this);
        boolean stuck = position == lookedAt && position < (long) END.getAcquire(this);
        lookedAt = position;
        return stuck;
    }
}

package dev.weir.core.pool;

import dev.weir.core.internal.ring.MpmcRing;
import dev.weir.core.internal.ring.Positions;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A bounded first-in-first-out queue for many threads on both sides: a {@link MpmcRing} whose elements carry the times
 * of their submission. Closed, its tail is shut; frozen, both ends are.
 */
final class RingQueue extends Positions implements TaskQueue {
    private static final VarHandle THRESHOLD = handle("threshold", long.class);
    private static final VarHandle PEAK = handle("peak", int.class);

    private static VarHandle handle(String field, Class<?> type) {
        return ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), field, VarHandle.class, RingQueue.class, type);
    }

    private final MpmcRing<Runnable> ring;
    private final Clocks clocks;
    private final int capacity;
    private long restored;

    /** Whether the queue was closed before it was frozen; of the thread that has frozen it. */
    private boolean closedBefore;

    // Opaque: one is a hint, the other for the metrics.
    @SuppressWarnings("unused")
    private long threshold;

    @SuppressWarnings("unused")
    private int peak;

    /**
     * @param capacity at least 1
     * @param slots for how many tasks to have room, at least the capacity
     */
    RingQueue(int capacity, int slots, Clocks clocks) {
        this.clocks = clocks;
        this.capacity = capacity;
        this.ring = new MpmcRing<>(Integer.highestOneBit(Math.max(1, slots) * 2 - 1));
    }

    @Override
    public Answer offer(Runnable task) {
        for (int tries = 0; ; ) {
            long tail = tail();
            if ((tail & SHUT) != 0) {
                return Answer.CLOSED;
            }
            long position = position(tail);
            // Opaque: it is a hint that may be old, and then is too low.
            if (position >= (long) THRESHOLD.getOpaque(this) && !raiseThreshold(position)) {
                return Answer.FULL;
            }
            long now = TaskQueue.isSampled(position) ? clocks.nanos() : clocks.roughNanos();
            if (ring.offer(this, tail, task, now)) {
                return Answer.ACCEPTED;
            }
            if (tail() == tail) {
                tries = pause(tries); // the task of the lap before is on its way out
            } // else another was faster
        }
    }

    /**
     * The threshold is a head that was seen, plus the peak. Below it the queue can be neither full nor longer than
     * ever, and so the head, which is in the consumers' cache, need not be read. Returns whether there is room.
     */
    private boolean raiseThreshold(long position) {
        long head = position(head());
        long length = position - head;
        if (length >= capacity) {
            return false;
        }
        int seen = (int) PEAK.getOpaque(this);
        while (seen <= length) {
            int witness = (int) PEAK.compareAndExchange(this, seen, (int) length + 1);
            seen = witness == seen ? (int) length + 1 : witness;
        }
        THRESHOLD.setOpaque(this, head + Math.min(seen, capacity));
        return true;
    }

    @Override
    public boolean poll(Taken into) {
        for (int tries = 0; ; ) {
            long head = head();
            if ((head & SHUT) != 0) {
                return false;
            }
            if (ring.poll(this, head, into)) {
                into.sampled = TaskQueue.isSampled(position(head));
                return true;
            }
            if (isEmptyAt(head)) {
                return false;
            }
            if (head() == head) {
                tries = pause(tries); // the task is on its way in
            } // else another was faster
        }
    }

    @Override
    public boolean isEmpty() {
        // The head first: it never passes the tail, so if the tail is what the head was, it was empty just then.
        return isEmptyAt(head());
    }

    @Override
    public int size() {
        for (long head = position(head()); ; ) {
            long tail = position(tail());
            long after = position(head());
            if (after == head) {
                return (int) (tail - head); // of the moment when the tail was read
            }
            head = after;
        }
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public long accepted() {
        return position(tail()) - restored;
    }

    @Override
    public int peak() {
        return (int) PEAK.getOpaque(this);
    }

    @Override
    public void close() {
        flagTail(SHUT);
    }

    @Override
    public List<Entry> freeze() {
        boolean closed = (tail() & SHUT) != 0;
        flagTail(SHUT);
        long end = position(tail());
        long head;
        do {
            head = head();
            if ((head & SHUT) != 0) {
                return List.of(); // another call has them
            }
        } while (!moveHead(head, head | SHUT));
        closedBefore = closed;
        try {
            List<Entry> left = new ArrayList<>((int) (end - position(head)));
            Taken taken = new Taken();
            for (long position = position(head); position < end; position++) {
                ring.read(position, taken);
                left.add(new Entry(Objects.requireNonNull(taken.element), taken.tag));
            }
            return left;
        } catch (Throwable noMemory) {
            reopen();
            throw noMemory;
        }
    }

    @Override
    public void reopen() {
        unflagHead(SHUT);
        if (!closedBefore) {
            unflagTail(SHUT);
        }
    }

    @Override
    public void forget() {
        long end = position(tail());
        for (long position = position(head()); position < end; position++) {
            Runnable unused = ring.takeClaimed(position);
        }
    }

    @Override
    public void restore(Entry entry) {
        boolean unused = ring.offer(this, tail(), entry.task(), entry.submittedNanos());
        restored++;
    }
}

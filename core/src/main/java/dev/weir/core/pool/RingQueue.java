package dev.weir.core.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bounded first-in-first-out queue for many threads on both sides, after Vyukov's bounded MPMC queue. Deviations: the
 * bound is any number, not just the power of two that the array has; either end can be shut for good; each slot also
 * has the time of its task.
 *
 * <p>Positions count up from 0; the task at position p is in slot p mod n, whose stamp says what may be done:
 *
 * <pre>
 *   stamp = p     free for the producer of position p
 *   stamp = p+1   full for the consumer of position p
 *   stamp = p+n   consumed: free for the producer of position p+n
 *
 *   tail: p --CAS by a producer that found the slot free--&gt; p+1        tail | SHUT: closed or frozen
 *   head: p --CAS by a consumer that found the slot full--&gt; p+1        head | SHUT: frozen
 * </pre>
 *
 * <p>The thread that has moved an end owns the slot until it writes the stamp. Both ends are read and written as
 * volatiles: an end that was moved must be seen by a thread which then looks whether somebody sleeps, and the other way
 * round (see {@link WorkerCounts}). A stamp is written with release and read with acquire: it publishes the slot's
 * contents, in both directions.
 */
final class RingQueue implements TaskQueue {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long SHUT = Long.MIN_VALUE;

    // The ends are in cache lines of their own. A producer that reads the tail also needs the threshold, so they share.
    private static final int HEAD = 16;
    private static final int TAIL = 32;
    private static final int THRESHOLD = 33;
    private static final int PEAK = 34;
    private static final int ENDS_LENGTH = 48;

    private static final int SPINS_BEFORE_YIELD = 32;

    private final Clocks clocks;
    private final int capacity;
    private final int mask;
    private final @Nullable Runnable[] tasks;

    /** For each slot its stamp and the time of submission, side by side. */
    private final long[] slots;

    private final long[] ends = new long[ENDS_LENGTH];
    private long restored;

    /**
     * @param capacity at least 1
     * @param slots for how many tasks to have room, at least the capacity
     */
    RingQueue(int capacity, int slots, Clocks clocks) {
        this.clocks = clocks;
        this.capacity = capacity;
        int length = Integer.highestOneBit(Math.max(2, slots) * 2 - 1); // with one slot, p+1 would be p+n
        this.mask = length - 1;
        this.tasks = new Runnable[length];
        this.slots = new long[2 * length];
        for (int i = 0; i < length; i++) {
            this.slots[2 * i] = i;
        }
    }

    @Override
    public Answer offer(Runnable task) {
        for (int tries = 1; ; tries++) {
            long position = (long) LONGS.getVolatile(ends, TAIL);
            if (position < 0) {
                return Answer.CLOSED;
            }
            // Opaque: it is a hint that may be old, and then is too low.
            if (position >= (long) LONGS.getOpaque(ends, THRESHOLD) && !raiseThreshold(position)) {
                return Answer.FULL;
            }
            int slot = (int) position & mask;
            long stamp = (long) LONGS.getAcquire(slots, 2 * slot);
            if (stamp == position) {
                long now = TaskQueue.isSampled(position) ? clocks.nanos() : clocks.roughNanos();
                if (LONGS.compareAndSet(ends, TAIL, position, position + 1)) {
                    tasks[slot] = task;
                    slots[2 * slot + 1] = now;
                    LONGS.setRelease(slots, 2 * slot, position + 1);
                    return Answer.ACCEPTED;
                }
            } else if (stamp < position) {
                relax(tries); // the consumer of the lap before has not left its slot
            }
        }
    }

    /**
     * The threshold is a head that was seen, plus the peak. Below it the queue can be neither full nor longer than
     * ever, and so the head, which is in the consumers' cache, need not be read. Returns whether there is room.
     */
    private boolean raiseThreshold(long position) {
        long head = (long) LONGS.getVolatile(ends, HEAD) & ~SHUT;
        long length = position - head;
        if (length >= capacity) {
            return false;
        }
        long peak = (long) LONGS.getOpaque(ends, PEAK);
        while (peak <= length) {
            long witness = (long) LONGS.compareAndExchange(ends, PEAK, peak, length + 1);
            peak = witness == peak ? length + 1 : witness;
        }
        LONGS.setOpaque(ends, THRESHOLD, head + Math.min(peak, capacity));
        return true;
    }

    @Override
    public boolean poll(Taken into) {
        for (int tries = 1; ; tries++) {
            long position = (long) LONGS.getVolatile(ends, HEAD);
            if (position < 0) {
                return false;
            }
            int slot = (int) position & mask;
            long stamp = (long) LONGS.getAcquire(slots, 2 * slot);
            if (stamp == position + 1) {
                if (LONGS.compareAndSet(ends, HEAD, position, position + 1)) {
                    into.sampled = TaskQueue.isSampled(position);
                    take(slot, position, into);
                    return true;
                }
            } else if (stamp <= position) {
                if (position >= ((long) LONGS.getVolatile(ends, TAIL) & ~SHUT)) {
                    return false;
                }
                relax(tries); // its producer has not filled it yet
            }
        }
    }

    private void take(int slot, long position, Taken into) {
        into.task = tasks[slot];
        into.submittedNanos = slots[2 * slot + 1];
        tasks[slot] = null;
        LONGS.setRelease(slots, 2 * slot, position + mask + 1);
    }

    private static void relax(int tries) {
        if (tries % SPINS_BEFORE_YIELD == 0) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    @Override
    public boolean isEmpty() {
        // The head first: it never passes the tail, so if the tail is what the head was, it was empty just then.
        long head = (long) LONGS.getVolatile(ends, HEAD) & ~SHUT;
        return head == ((long) LONGS.getVolatile(ends, TAIL) & ~SHUT);
    }

    @Override
    public int size() {
        for (long head = (long) LONGS.getVolatile(ends, HEAD) & ~SHUT; ; ) {
            long tail = (long) LONGS.getVolatile(ends, TAIL) & ~SHUT;
            long after = (long) LONGS.getVolatile(ends, HEAD) & ~SHUT;
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
        return ((long) LONGS.getVolatile(ends, TAIL) & ~SHUT) - restored;
    }

    @Override
    public int peak() {
        return (int) (long) LONGS.getOpaque(ends, PEAK);
    }

    @Override
    public void close() {
        LONGS.getAndBitwiseOr(ends, TAIL, SHUT);
    }

    @Override
    public List<Entry> freeze() {
        long tail = (long) LONGS.getAndBitwiseOr(ends, TAIL, SHUT) & ~SHUT;
        long head = (long) LONGS.getAndBitwiseOr(ends, HEAD, SHUT);
        if (head < 0) {
            return List.of(); // another call has them
        }
        List<Entry> left = new ArrayList<>((int) (tail - head));
        Taken taken = new Taken();
        for (long position = head; position < tail; position++) {
            int slot = (int) position & mask;
            for (int tries = 1; (long) LONGS.getAcquire(slots, 2 * slot) != position + 1; tries++) {
                relax(tries);
            }
            take(slot, position, taken);
            if (taken.task != null) {
                left.add(new Entry(taken.task, taken.submittedNanos));
            }
        }
        return left;
    }

    @Override
    public void restore(Entry entry) {
        int slot = (int) ends[TAIL] & mask;
        tasks[slot] = entry.task();
        slots[2 * slot + 1] = entry.submittedNanos();
        slots[2 * slot] = ++ends[TAIL];
        restored++;
    }
}

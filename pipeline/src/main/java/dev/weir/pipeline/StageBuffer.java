package dev.weir.pipeline;

import dev.weir.channel.Channel;
import dev.weir.core.Deadline;
import dev.weir.core.time.TimeSource;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The buffer before a stage: a ring from which each element is taken with its place in the order of arrival, which is
 * what a stage that works in parallel and passes on in order needs to know; a {@link Channel} does not report it.
 *
 * <pre>
 *   place:     0 … head-1 | head … tail-1 | tail …          tail &lt; 0: closed
 *              taken        waiting         free
 *   slot of a place:  empty → (sender claims: CAS tail) → full → (taker claims: CAS head) → empty for the next lap
 * </pre>
 *
 * <p>A sender claims place t only if t - head &lt; capacity and the slot is empty, that is if the taker of the lap
 * before has done with it. A taker looks at place h only if h &lt; tail; then what the slot holds is of this lap, or
 * nothing yet. Positions only grow, so a stale one that is compared and set fails, and a stale copy of the other side's
 * errs on the safe side.
 *
 * <p>Waiting senders are woken when half of the buffer is free, unless it is small, so that a full one does not cost a
 * wakeup per element.
 */
final class StageBuffer {
    // Far from each other: two processors write to them. Beside each is its side's copy of the other.
    private static final int HEAD = 16;
    private static final int SEEN_TAIL = 17;
    private static final int TAIL = 32;
    private static final int SEEN_HEAD = 33;
    private static final int LENGTH = 48;

    private static final int SMALL = 8;
    private static final long CLOSED = Long.MIN_VALUE;

    private final AtomicLongArray positions = new AtomicLongArray(LENGTH);
    private final AtomicReferenceArray<@Nullable Object> slots;
    private final int capacity;
    private final int mask;
    private final int lowWater;
    private final AtomicInteger senders = new AtomicInteger();
    private final StageWaiters forElements;
    private final StageWaiters forRoom;
    private final List<StageWaiters> forRoomOfAny;
    private volatile int peak;
    private volatile boolean aborted;

    /**
     * Makes a buffer.
     *
     * @param forRoomOfAny where senders wait that send to whichever of several links has room
     */
    StageBuffer(int capacity, List<StageWaiters> forRoomOfAny) {
        this.capacity = capacity;
        int length = Integer.highestOneBit(Math.max(1, capacity - 1)) << 1;
        this.slots = new AtomicReferenceArray<>(length);
        this.mask = length - 1;
        this.lowWater = capacity < SMALL ? capacity - 1 : capacity / 2;
        this.forElements = new StageWaiters();
        this.forRoom = new StageWaiters();
        this.forRoomOfAny = List.copyOf(forRoomOfAny);
    }

    /** One stage more sends here; the buffer is to be closed when each has ended. */
    void addSender() {
        senders.incrementAndGet();
    }

    /** One stage sends no more; returns how many did until now. After the last, the buffer is to be closed. */
    int senderEnded() {
        return senders.getAndDecrement();
    }

    /**
     * Sends, waiting while the buffer is full.
     *
     * @throws InterruptedException also if the buffer was closed under the sender, which only happens to stop it
     */
    void send(Object element, StageWorker worker) throws InterruptedException {
        if (trySend(element)) {
            return;
        }
        worker.waits(WorkerStats.BLOCKED);
        try {
            do {
                forRoom.await(this::hasRoom, worker.waiter);
            } while (!trySend(element));
        } finally {
            worker.goesOn();
        }
    }

    /** Sends if there is room. */
    boolean trySend(Object element) throws InterruptedException {
        while (true) {
            long tail = positions.get(TAIL);
            if (tail < 0) {
                throw new InterruptedException("the pipeline was stopped");
            }
            // Opaque: an old head only makes the buffer look fuller, and then the next line looks again.
            if (tail - positions.getOpaque(SEEN_HEAD) >= capacity) {
                long head = positions.get(HEAD);
                positions.setOpaque(SEEN_HEAD, head);
                if (tail - head >= capacity) {
                    return false;
                }
            }
            int slot = (int) tail & mask;
            if (slots.getAcquire(slot) != null) {
                Thread.yield(); // its taker has claimed it, and empties it with its next step
            } else if (positions.compareAndSet(TAIL, tail, tail + 1)) {
                slots.setRelease(slot, element); // with what the sender did to it
                VarHandle.fullFence(); // the element before the look for those that wait for it
                if (!forElements.isEmpty()) {
                    wakeTakers(tail);
                }
                if (!forRoom.isEmpty() && hasRoom()) {
                    forRoom.signal(); // others must not starve while we fill what becomes free
                }
                return true;
            }
        }
    }

    /**
     * Wakes a taker for this place, and one for each filled place behind it, whose takers have found this one empty.
     */
    private void wakeTakers(long place) {
        forElements.signal();
        long next = place + 1;
        while (next < (positions.get(TAIL) & ~CLOSED) && slots.get((int) next & mask) != null) {
            forElements.signal();
            next++;
        }
    }

    boolean hasRoom() {
        long tail = positions.get(TAIL);
        return tail < 0 || tail - positions.get(HEAD) < capacity;
    }

    /** Takes the next element, waiting for it; null at the end. */
    @Nullable
    Object take(StageWorker worker) throws InterruptedException {
        Object element = poll(worker);
        return element != null ? element : awaitElement(worker, Deadline.never());
    }

    /** Takes the next element, waiting until the clock has reached the reading; null then and at the end. */
    @Nullable
    Object take(StageWorker worker, long untilNanos, TimeSource time) throws InterruptedException {
        Object element = poll(worker);
        return element != null
                ? element
                : awaitElement(worker, Deadline.after(Duration.ofNanos(untilNanos - time.nanoTime()), time));
    }

    private @Nullable Object awaitElement(StageWorker worker, Deadline deadline) throws InterruptedException {
        worker.waits(WorkerStats.STARVED);
        try {
            while (true) {
                boolean inTime = forElements.await(this::hasElementOrEnd, worker.waiter, deadline);
                Object element = poll(worker);
                if (element != null || aborted || isEnded() || !inTime) {
                    return element;
                }
            }
        } finally {
            worker.goesOn();
        }
    }

    /** Takes the next element if there is one. */
    @Nullable
    Object poll(StageWorker worker) {
        return poll(worker, false);
    }

    private @Nullable Object poll(StageWorker worker, boolean aborting) {
        while (true) {
            long head = positions.get(HEAD);
            if (aborted && !aborting) {
                return null; // looked at after the head, so that nobody takes one behind what an abort has taken
            }
            long tail = positions.getAcquire(SEEN_TAIL);
            if (head >= tail) {
                tail = positions.get(TAIL) & ~CLOSED;
                if (head >= tail) {
                    return null;
                }
                // Acquire and release: a thread that sees this tail
                // also sees the slot emptied that its sender saw empty.
                positions.setRelease(SEEN_TAIL, tail);
                saw(tail - head);
            }
            int slot = (int) head & mask;
            Object element = slots.getAcquire(slot);
            if (element == null) {
                if (positions.get(HEAD) == head) {
                    return null; // its sender is about to fill it, and looks for takers after that
                }
            } else if (positions.compareAndSet(HEAD, head, head + 1)) {
                worker.place = head;
                slots.setRelease(slot, null); // after it was read
                if (tail - head - 1 <= lowWater) { // by an old tail at times too early, but never too late
                    VarHandle.fullFence(); // the head before the look for those that wait for room
                    if ((!forRoom.isEmpty() || !forRoomOfAny.isEmpty()) && size() <= lowWater) {
                        wakeSenders();
                    }
                }
                return element;
            }
        }
    }

    private boolean hasElementOrEnd() {
        while (true) {
            long tail = positions.get(TAIL);
            long head = positions.get(HEAD);
            if ((tail & ~CLOSED) <= head) {
                return aborted || tail < 0;
            }
            if (slots.getAcquire((int) head & mask) != null) {
                return true;
            }
            if (positions.get(HEAD) == head) {
                return aborted; // its sender is about to fill it, and looks for takers after that
            } // else another has just taken it, and nobody would wake us for what is behind it, or for the end
        }
    }

    /** Whether it is closed and empty. */
    boolean isEnded() {
        long tail = positions.get(TAIL);
        return tail < 0 && (tail & ~CLOSED) <= positions.get(HEAD);
    }

    /** Lets no more in and wakes all that wait. */
    void close() {
        long tail = positions.get(TAIL);
        while (!positions.compareAndSet(TAIL, tail, tail | CLOSED)) {
            tail = positions.get(TAIL);
        }
        forElements.signalAll();
        wakeSenders();
    }

    private void wakeSenders() {
        forRoom.signalAll();
        for (int i = 0; i < forRoomOfAny.size(); i++) { // without an iterator, as there may be no memory at an abort
            forRoomOfAny.get(i).signalAll();
        }
    }

    /** Lets no more in, lets nobody else take, and takes out what is left, for its number. */
    int abort(StageWorker worker) {
        aborted = true;
        close();
        int left = 0;
        while (!isEnded()) {
            if (poll(worker, true) != null) {
                left++;
            } else {
                pause(); // a sender has claimed a place and not filled it yet
            }
        }
        return left;
    }

    private static void pause() {
        try {
            LockSupport.parkNanos(1_000);
        } catch (OutOfMemoryError shortOfMemory) { // to park a virtual thread takes memory
            Thread.onSpinWait();
        }
    }

    int size() {
        long head = positions.get(HEAD);
        long waiting = (positions.get(TAIL) & ~CLOSED) - head;
        return (int) Math.min(capacity, Math.max(0, waiting));
    }

    int peak() {
        saw(size()); // those that would take may all be busy
        return peak;
    }

    /** A racy maximum; and other takers may have moved the head since the caller read it. */
    private void saw(long waiting) {
        if (waiting > peak) {
            peak = (int) Math.min(capacity, waiting);
        }
    }
}

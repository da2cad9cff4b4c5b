package dev.weir.pipeline;

import dev.weir.channel.Channel;
import dev.weir.core.Deadline;
import dev.weir.core.internal.ring.MpmcRing;
import dev.weir.core.internal.ring.Positions;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The buffer before a stage: a {@link MpmcRing} from which each element is taken with its place in the order of
 * arrival, which is what a stage that works in parallel and passes on in order needs to know; a {@link Channel} does
 * not report it. When it is closed, its tail is shut.
 *
 * <p><b>No lost wakeup.</b> A sender moves the tail and then looks for those that wait for elements; a taker moves the
 * head and then looks for those that wait for room. Those that wait enlist and then look at both ends. All of these are
 * volatile, so at least one of two sees the other. An element is there for a taker as soon as the tail is moved: the
 * ring waits out the few instructions until it is published.
 *
 * <p>Waiting senders are woken when half of the buffer is free, unless it is small, so that a full one does not cost a
 * wakeup per element. They are woken one after the other, as each that has sent wakes the next while there is room: of
 * a thousand of them, most would find none.
 */
final class StageBuffer extends Positions {
    private static final int SMALL = 8;

    /** How often the length is looked at for the peak: once in this number of elements, a power of two. */
    private static final int LOOK_EVERY = 16;

    private final MpmcRing<Object> ring;
    private final int capacity;
    private final int lowWater;
    private final AtomicInteger senders = new AtomicInteger();
    private final StageWaiters forElements;
    private final StageWaiters forRoom;
    private final List<StageWaiters> forRoomOfAny;
    private volatile int peak;

    /** The name of the stage that takes from it; set before the pipeline starts. */
    private String stage = "";

    /**
     * Makes a buffer.
     *
     * @param forRoomOfAny where senders wait that send to whichever of several links has room
     */
    StageBuffer(int capacity, List<StageWaiters> forRoomOfAny) {
        this.capacity = capacity;
        this.ring = new MpmcRing<>(capacity);
        this.lowWater = capacity < SMALL ? capacity - 1 : capacity / 2;
        this.forElements = new StageWaiters(() -> stage, () -> "an element");
        this.forRoom = new StageWaiters(() -> stage, () -> "room in its buffer of " + capacity);
        this.forRoomOfAny = List.copyOf(forRoomOfAny);
    }

    /** The stage of this name takes from it. */
    void takenBy(String name) {
        stage = name;
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
        long accepted = ring.offer(this, element); // with what the sender did to it
        if (accepted == MpmcRing.REFUSED) {
            throw new InterruptedException("the pipeline was stopped");
        }
        if (accepted == MpmcRing.FULL) {
            saw(capacity);
            return false;
        }
        if (!forElements.isEmpty()) {
            forElements.signal();
        }
        if (!forRoom.isEmpty() && hasRoom()) {
            forRoom.signal(); // the next of those that were woken for room, and others must not starve while we fill it
        }
        return true;
    }

    boolean hasRoom() {
        long tail = tail();
        return (tail & SHUT) != 0 || position(tail) - position(head()) < capacity;
    }

    /** Takes the next element, waiting for it; null at the end, and if a worker is to retire. */
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
                boolean inTime =
                        forElements.await(() -> hasElementOrEnd() || worker.isExcess(), worker.waiter, deadline);
                if (worker.isExcess()) {
                    return null; // woken for an element, too, perhaps: but all were woken that waited then
                }
                Object element = poll(worker);
                if (element != null || isEnded() || !inTime) {
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
        for (int tries = 0; ; ) {
            long head = head();
            Object element = ring.poll(this, head);
            if (element != null) {
                worker.place = position(head);
                took(worker.place);
                return element;
            }
            if (isEmptyAt(head)) {
                return null;
            }
            tries = pause(tries); // another was faster, or it is on its way in
        }
    }

    private void took(long place) {
        if (place % LOOK_EVERY == 0 && wereMoreThan(peak, place)) {
            saw(size() + 1);
        }
        if ((!forRoom.isEmpty() || !forRoomOfAny.isEmpty()) && size() <= lowWater) {
            forRoom.signal();
            wakeSendersToAny();
        }
    }

    /** Whether there may have been more when this place was taken; the tail, which senders write, is not looked at. */
    private boolean wereMoreThan(int number, long place) {
        return number == 0 || (number < capacity && ring.isPublished(place + number));
    }

    private boolean hasElementOrEnd() {
        long head = head();
        long tail = tail();
        return (tail & SHUT) != 0 || position(tail) > position(head);
    }

    /** Whether it is closed and empty. */
    boolean isEnded() {
        long tail = tail();
        return (tail & SHUT) != 0 && position(tail) == position(head());
    }

    /** Lets no more in and wakes all that wait. */
    void close() {
        flagTail(SHUT);
        wakeAll();
    }

    /** Wakes the takers that wait, for another look whether one is to retire. */
    void wakeTakers() {
        forElements.signalAll();
    }

    private void wakeAll() {
        forElements.signalAll();
        forRoom.signalAll();
        wakeSendersToAny();
    }

    private void wakeSendersToAny() {
        for (int i = 0; i < forRoomOfAny.size(); i++) { // without an iterator, as there may be no memory at an abort
            forRoomOfAny.get(i).signalAll();
        }
    }

    /**
     * Lets no more in, and takes out what is left, all at once, so that no taker gets an element behind one that this
     * has taken.
     *
     * @return the number of those elements
     */
    int abort() {
        flagTail(SHUT);
        long end = position(tail());
        long head;
        long left;
        do {
            head = head();
            left = end - position(head);
        } while (!moveHead(head, head + left * ONE));
        wakeAll();
        for (long place = end - left; place < end; place++) {
            Object unused = ring.takeClaimed(place);
        }
        return (int) left;
    }

    int size() {
        long head = head();
        return (int) Math.min(capacity, position(tail()) - position(head));
    }

    int peak() {
        saw(size()); // those that would take may all be busy
        return peak;
    }

    /** A racy maximum; and other takers may have moved the head since the caller read it. */
    private void saw(int waiting) {
        if (waiting > peak) {
            peak = Math.min(capacity, waiting);
        }
    }
}

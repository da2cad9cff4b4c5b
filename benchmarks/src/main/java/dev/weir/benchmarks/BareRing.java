package dev.weir.benchmarks;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The least that a queue with a bound needs which lets its two threads wait: Lamport's ring for one sender and one
 * taker, who look at each other's position only when theirs says full or empty, yield a few times before they park, and
 * are woken when half of the room is free. It has no end, no counts, and no second taker.
 */
final class BareRing implements Pipe {
    private static final int YIELDS = 3;

    // Far from each other and from all else.
    private static final int TAIL = 16;
    private static final int HEAD = 40;
    private static final int LENGTH = 64;

    private final @Nullable Integer[] slots;
    private final int mask;
    private final AtomicLongArray ends = new AtomicLongArray(LENGTH);
    private volatile @Nullable Thread sender;
    private volatile @Nullable Thread taker;
    private final AtomicLongArray seenHead = new AtomicLongArray(LENGTH); // the sender's
    private final AtomicLongArray seenTail = new AtomicLongArray(LENGTH); // the taker's

    /** @param capacity a power of two */
    BareRing(int capacity) {
        slots = new Integer[capacity];
        mask = capacity - 1;
    }

    @Override
    public void send(Integer element) throws InterruptedException {
        long tail = ends.getPlain(TAIL);
        if (tail - seenHead.getPlain(HEAD) > mask) {
            awaitRoom(tail);
        }
        slots[(int) tail & mask] = element;
        ends.set(TAIL, tail + 1);
        Thread waiting = taker;
        if (waiting != null) {
            taker = null;
            LockSupport.unpark(waiting);
        }
    }

    private void awaitRoom(long tail) throws InterruptedException {
        for (int yields = 0; !sees(seenHead, HEAD, tail - mask); yields++) {
            if (yields < YIELDS) {
                Thread.yield();
                continue;
            }
            sender = Thread.currentThread();
            if (sees(seenHead, HEAD, tail - mask / 2)) {
                sender = null;
                return;
            }
            LockSupport.park(this);
            stopIfInterrupted();
        }
    }

    @Override
    public Integer receive() throws InterruptedException {
        long head = ends.getPlain(HEAD);
        if (seenTail.getPlain(TAIL) == head) {
            awaitElement(head);
        }
        Integer element = slots[(int) head & mask];
        slots[(int) head & mask] = null;
        ends.set(HEAD, head + 1);
        Thread waiting = sender;
        if (waiting != null && ends.get(TAIL) - head <= mask / 2) {
            sender = null;
            LockSupport.unpark(waiting);
        }
        if (element == null) {
            throw new IllegalStateException("an empty slot was taken");
        }
        return element;
    }

    private void awaitElement(long head) throws InterruptedException {
        for (int yields = 0; !sees(seenTail, TAIL, head + 1); yields++) {
            if (yields < YIELDS) {
                Thread.yield();
                continue;
            }
            taker = Thread.currentThread();
            if (sees(seenTail, TAIL, head + 1)) {
                taker = null;
                return;
            }
            LockSupport.park(this);
            stopIfInterrupted();
        }
    }

    /** Whether the other side's position has come to this; remembers it. */
    private boolean sees(AtomicLongArray seen, int end, long position) {
        long now = ends.get(end);
        seen.setPlain(end, now);
        return now >= position;
    }

    private static void stopIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}

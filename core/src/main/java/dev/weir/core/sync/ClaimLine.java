package dev.weir.core.sync;

import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The calls that wait for permits of a {@link ResizableSemaphore}, in their order of arrival. A fair line has one
 * queue. An unfair one has a queue for each number of permits that a call waits for, so that calls which cannot be met
 * yet are not looked at. Guarded by the semaphore's lock.
 */
final class ClaimLine {
    /** A call that waits for permits. */
    static final class Claim extends Waiter {
        private final int permits;
        private final long number;

        private Claim(int permits, long number) {
            this.permits = permits;
            this.number = number;
        }
    }

    /** How many queues are kept when they are empty, so that waiting in steady state makes and drops none. */
    private static final int MAX_KEPT = 8;

    private final TreeMap<Integer, WaiterQueue<Claim>> queues = new TreeMap<>();
    private final boolean fair;
    private long lastNumber;
    private int size;

    ClaimLine(boolean fair) {
        this.fair = fair;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** Adds the current thread's call at the end of the line. */
    Claim add(int permits) {
        Claim claim = new Claim(permits, ++lastNumber);
        queues.computeIfAbsent(key(claim), unused -> new WaiterQueue<>()).addLast(claim);
        size++;
        return claim;
    }

    /** Takes a call out of the line; does nothing if it has left. */
    void remove(Claim claim) {
        Integer key = key(claim);
        WaiterQueue<Claim> queue = queues.get(key);
        if (queue != null && queue.remove(claim)) {
            size--;
            if (queue.isEmpty() && queues.size() > MAX_KEPT) {
                queues.remove(key);
            }
        }
    }

    /** Whether a call may take permits before the others that wait: any may if unfair, the first if fair. */
    boolean isNext(Claim claim) {
        return !fair || first(Integer.MAX_VALUE) == claim;
    }

    /**
     * Signals the first call that could be met, unless it was signalled before.
     *
     * @param available how many permits are free
     * @return its thread, for the caller to unpark outside of the lock; null if none is to be unparked
     */
    @Nullable
    Thread next(int available) {
        if (size == 0 || available <= 0) {
            return null;
        }
        Claim first = first(available);
        return first == null || first.permits > available || first.isSignalled() ? null : first.markSignalled();
    }

    private @Nullable Claim first(int available) {
        Claim first = null;
        for (WaiterQueue<Claim> queue : queues.headMap(available, true).values()) {
            Claim head = queue.peekFirst();
            if (head != null && (first == null || head.number < first.number)) {
                first = head;
            }
        }
        return first;
    }

    private Integer key(Claim claim) {
        return fair ? 0 : claim.permits;
    }
}

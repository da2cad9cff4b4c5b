package dev.weir.core.sync;

import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import java.util.ArrayList;
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
        private final Peers peers;

        private Claim(int permits, long number, Peers peers) {
            this.permits = permits;
            this.number = number;
            this.peers = peers;
        }
    }

    /** The calls that wait for the same number of permits; in a fair line, for any number. */
    private record Peers(int permits, WaiterQueue<Claim> line) {}

    /** How many queues are kept when they are empty, so that waiting in steady state makes and drops none. */
    private static final int MAX_KEPT = 8;

    /** By number of permits, ascending. */
    private final ArrayList<Peers> queues = new ArrayList<>();

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
        Peers peers = peersOf(fair ? 0 : permits);
        Claim claim = new Claim(permits, ++lastNumber, peers);
        peers.line.addLast(claim);
        size++;
        return claim;
    }

    private Peers peersOf(int permits) {
        int i = 0;
        while (i < queues.size() && queues.get(i).permits < permits) {
            i++;
        }
        if (i == queues.size() || queues.get(i).permits > permits) {
            queues.add(i, new Peers(permits, new WaiterQueue<>()));
        }
        return queues.get(i);
    }

    /** Takes a call out of the line; does nothing if it has left. */
    void remove(Claim claim) {
        Peers peers = claim.peers;
        if (peers.line.remove(claim)) {
            size--;
            if (peers.line.isEmpty() && queues.size() > MAX_KEPT) {
                queues.remove(peers);
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
        for (int i = 0; i < queues.size() && queues.get(i).permits <= available; i++) {
            Claim head = queues.get(i).line.peekFirst();
            if (head != null && (first == null || head.number < first.number)) {
                first = head;
            }
        }
        return first;
    }
}

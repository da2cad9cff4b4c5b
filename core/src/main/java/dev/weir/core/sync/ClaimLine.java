package dev.weir.core.sync;

import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.internal.wait.WaiterLine;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.internal.wait.WaiterQueue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls that wait for permits of a {@link ResizableSemaphore}. A fair line is one, in its {@link WaiterOrder}. An
 * unfair one is in the order of arrival, with a queue for each number of permits that a call waits for, so that calls
 * which cannot be met yet are not looked at. Guarded by the semaphore's lock.
 */
final class ClaimLine {
    /** A call that waits for permits. */
    static class Claim extends Waiter {
        private final int permits;
        private final long number;
        private final Peers peers;

        private Claim(int permits, long number, Peers peers) {
            this.permits = permits;
            this.number = number;
            this.peers = peers;
        }
    }

    /** A call in a line that looks at classes. */
    private static final class ClassedClaim extends Claim {
        private final WaiterClass its;
        private final long sinceNanos;

        private ClassedClaim(int permits, Peers peers, WaiterClass its, long sinceNanos) {
            super(permits, 0, peers);
            this.its = its;
            this.sinceNanos = sinceNanos;
        }

        @Override
        public long cost() {
            return super.permits;
        }

        @Override
        public long sinceNanos() {
            return sinceNanos;
        }

        @Override
        public WaiterClass waiterClass() {
            return its;
        }
    }

    /** The calls that wait for the same number of permits; in a fair line, for any number. */
    private record Peers(int permits, WaiterLine<Claim> line) {}

    /** How many queues are kept when they are empty, so that waiting in steady state makes and drops none. */
    private static final int MAX_KEPT = 8;

    /** By number of permits, ascending. */
    private final ArrayList<Peers> queues = new ArrayList<>();

    private final boolean fair;
    private final boolean looksAtClasses;
    private long lastNumber;
    private int size;

    /** A fair line in that order, or without one an unfair line. */
    ClaimLine(@Nullable WaiterOrder order) {
        this.fair = order != null;
        this.looksAtClasses = order != null && order.looksAtClasses();
        if (order != null) {
            queues.add(new Peers(0, order.newLine()));
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    boolean isFair() {
        return fair;
    }

    boolean looksAtClasses() {
        return looksAtClasses;
    }

    /** Adds the current thread's call at its place, which is the end unless the line looks at classes. */
    Claim add(int permits, WaiterClass its, long sinceNanos) {
        Peers peers = fair ? queues.get(0) : peersOf(permits);
        Claim claim = looksAtClasses
                ? new ClassedClaim(permits, peers, its, sinceNanos)
                : new Claim(permits, ++lastNumber, peers);
        peers.line.add(claim);
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

    /** Takes a call out of the line that gives up; does nothing if it has left. */
    void remove(Claim claim) {
        if (claim.peers.line.remove(claim)) {
            removed(claim.peers);
        }
    }

    /** Takes a call out of the line that has got its permits, and {@link #isNext}. */
    void served(Claim claim) {
        claim.peers.line.served(claim);
        removed(claim.peers);
    }

    private void removed(Peers peers) {
        size--;
        if (peers.line.isEmpty() && queues.size() > MAX_KEPT) {
            queues.remove(peers);
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

    @Override
    public String toString() {
        List<Claim> all = new ArrayList<>(size);
        for (Peers peers : queues) {
            peers.line.forEach(all::add);
        }
        return WaitText.of(all, size);
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

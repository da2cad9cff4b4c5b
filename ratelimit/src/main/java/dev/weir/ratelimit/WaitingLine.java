package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a bucket, first come first served.
 *
 * <p>Permits are taken from the bucket when a ticket is granted, never in advance: so whoever gives up only has to leave
 * the line, and everybody behind moves up. The head alone watches the clock. When its time has come it grants its own
 * ticket and every following one that is due, and hands the watch to the new head.
 *
 * <pre>
 *   WAITING --granted, under the lock--&gt; granted: out of the line, permits taken
 *      \-----given up, under the lock--&gt; out of the line, nothing taken
 * </pre>
 */
final class WaitingLine {
    private static final long FOR_EVER = Long.MAX_VALUE;

    private static final class Ticket {
        final Thread thread = Thread.currentThread();
        final long permits;
        final long sinceNanos;

        /** Written under the lock; volatile so that its owner may look without. */
        volatile boolean granted;

        Ticket(long permits, long sinceNanos) {
            this.permits = permits;
            this.sinceNanos = sinceNanos;
        }
    }

    private final TokenBucket bucket;
    private final TimeSource time;
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final ArrayDeque<Ticket> tickets = new ArrayDeque<>();
    private long waits;
    private long waitedNanos;
    private long abandoned;

    /** The permits that all tickets want. Written under the lock; zero when nobody waits, which opens the fast path. */
    private volatile long wanted;

    WaitingLine(TokenBucket bucket, TimeSource time) {
        this.bucket = bucket;
        this.time = time;
    }

    boolean isEmpty() {
        return wanted == 0;
    }

    void await(long permits) throws InterruptedException {
        await(permits, FOR_EVER);
    }

    boolean await(long permits, long timeoutNanos) throws InterruptedException {
        Ticket ticket = join(permits, timeoutNanos);
        if (ticket == null) {
            return false;
        }
        while (!Thread.currentThread().isInterrupted()) {
            long due = grantDue(ticket);
            if (ticket.granted) {
                return true;
            }
            long left = timeoutNanos == FOR_EVER ? FOR_EVER : timeoutNanos - (time.nanoTime() - ticket.sinceNanos);
            if (left <= 0) {
                break;
            }
            park(Math.min(left, due));
        }
        return leave(ticket);
    }

    /** Takes a place, unless it is certain that it is in vain; null then. */
    private @Nullable Ticket join(long permits, long timeoutNanos) {
        lock.lock();
        try {
            if (timeoutNanos != FOR_EVER && bucket.nanosUntil(saturatedSum(wanted, permits)) > timeoutNanos) {
                abandoned++;
                return null;
            }
            Ticket ticket = new Ticket(permits, time.nanoTime());
            tickets.add(ticket);
            wanted = saturatedSum(wanted, permits);
            return ticket;
        } finally {
            lock.unlock();
        }
    }

    /** If the ticket is the head, grants what is due. Returns how long the ticket's owner may sleep. */
    private long grantDue(Ticket ticket) {
        lock.lock();
        try {
            if (tickets.peek() != ticket) {
                return FOR_EVER;
            }
            Ticket head = ticket;
            while (head != null && bucket.take(head.permits)) {
                grant(head);
                head = tickets.peek();
            }
            if (head == ticket) {
                return bucket.nanosUntil(ticket.permits);
            }
            if (head != null) {
                LockSupport.unpark(head.thread); // it watches the clock from now on
            }
            return 0;
        } finally {
            lock.unlock();
        }
    }

    private void grant(Ticket ticket) {
        tickets.remove();
        waits++;
        waitedNanos += Math.max(0, time.nanoTime() - ticket.sinceNanos);
        wanted = wantedWithout(ticket);
        ticket.granted = true;
        if (ticket.thread != Thread.currentThread()) {
            LockSupport.unpark(ticket.thread);
        }
    }

    /** Gives the place up, unless the permits are taken by now: then they are kept, and so is a pending interrupt. */
    private boolean leave(Ticket ticket) throws InterruptedException {
        lock.lock();
        try {
            if (ticket.granted) {
                return true;
            }
            boolean wasHead = tickets.peek() == ticket;
            tickets.remove(ticket);
            abandoned++;
            wanted = wantedWithout(ticket);
            Ticket head = tickets.peek();
            if (wasHead && head != null) {
                LockSupport.unpark(head.thread); // it may want less, and be due already
            }
        } finally {
            lock.unlock();
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return false;
    }

    /** After the ticket was removed. */
    private long wantedWithout(Ticket ticket) {
        if (wanted < Long.MAX_VALUE) {
            return wanted - ticket.permits;
        }
        long sum = 0;
        for (Ticket left : tickets) {
            sum = saturatedSum(sum, left.permits);
        }
        return sum;
    }

    private static long saturatedSum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    private void park(long nanos) {
        if (nanos == FOR_EVER) {
            LockSupport.park(this);
        } else {
            time.parkNanos(this, nanos);
        }
    }

    RateLimiterMetrics metrics() {
        lock.lock();
        try {
            return new RateLimiterMetrics(waits, Duration.ofNanos(waitedNanos), abandoned, tickets.size());
        } finally {
            lock.unlock();
        }
    }
}

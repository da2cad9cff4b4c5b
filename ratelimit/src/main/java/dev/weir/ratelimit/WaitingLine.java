package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for permits, first come first served.
 *
 * <p>Permits are taken when a ticket is granted, never in advance: so whoever gives up only has to leave the line, and
 * everybody behind moves up. The head alone watches the clock: its thread does, or a timer if it has none. When its time
 * has come it grants its own ticket and the following ones of threads that are due, and hands the watch to the new head.
 *
 * <pre>
 *   WAITING --due, under the lock------&gt; GRANTED: out of the line, permits taken
 *      |\-----given up, under the lock--&gt; LEFT: out of the line, nothing taken
 *      \------burst is now too small----&gt; REFUSED: out of the line, nothing taken
 * </pre>
 *
 * A ticket without a thread is granted by a timer task of its own only, so that what its owner does then holds up no one.
 */
final class WaitingLine {
    static final long FOR_EVER = Long.MAX_VALUE;

    /** Where the permits come from. */
    interface Source {
        boolean take(long permits);

        /** How long until so many are there, if nobody takes any; {@link #FOR_EVER} for beyond the clock. */
        long nanosUntil(long permits);

        /** The largest request that can ever be granted. */
        long largest();

        /** Gives back what was taken, and has those in line look. Called outside of the lock. */
        void refund(long permits);
    }

    enum State {
        WAITING,
        GRANTED,
        LEFT,
        REFUSED
    }

    /** A place in the line: of a thread, or of whoever overrides {@link #ended}. */
    static class Ticket {
        final long permits;
        final long sinceNanos;
        private final @Nullable Thread thread;

        /** Written under the lock; volatile so that its owner may look without. */
        private volatile State state = State.WAITING;

        // Guarded by the lock.
        private @Nullable Ticket before;
        private @Nullable Ticket after;

        Ticket(long permits, long sinceNanos, @Nullable Thread thread) {
            this.permits = permits;
            this.sinceNanos = sinceNanos;
            this.thread = thread;
        }

        State state() {
            return state;
        }

        /** Called outside of the lock when a ticket without a thread was granted or refused. */
        void ended() {}
    }

    private final Source source;
    private final TimeSource time;
    private final int most;
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private @Nullable Ticket first;
    private @Nullable Ticket last;
    private @Nullable ScheduledTask timer;
    private int waiters;
    private long waits;
    private long waitedNanos;
    private long abandoned;

    /** The permits that all tickets want. Written under the lock; zero when nobody waits, which opens the fast path. */
    private volatile long wanted;

    WaitingLine(Source source, TimeSource time, int most) {
        this.source = source;
        this.time = time;
        this.most = most;
    }

    boolean isEmpty() {
        return wanted == 0;
    }

    /** Waits in the calling thread until granted, timed out or, if that is wanted, interrupted. */
    boolean await(long permits, long timeoutNanos, boolean interruptible) throws InterruptedException {
        Ticket ticket = new Ticket(permits, time.nanoTime(), Thread.currentThread());
        if (!join(ticket, timeoutNanos)) {
            return false;
        }
        boolean interrupted;
        try {
            interrupted = awaitEnd(ticket, timeoutNanos, interruptible);
        } catch (RuntimeException | Error failure) { // of the clock
            if (!leave(ticket) && ticket.state == State.GRANTED) {
                source.refund(permits);
            }
            throw failure;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (ticket.state == State.REFUSED) {
            throw tooLarge(permits);
        }
        if (ticket.state == State.LEFT && interruptible && Thread.interrupted()) {
            throw new InterruptedException();
        }
        return ticket.state == State.GRANTED; // an interrupt that came too late stays pending
    }

    /** Returns whether the thread was interrupted, if that does not end the wait. */
    private boolean awaitEnd(Ticket ticket, long timeoutNanos, boolean interruptible) {
        boolean interrupted = false;
        while (true) {
            long due = grantDue(ticket);
            if (ticket.state != State.WAITING) {
                break;
            }
            long left = timeoutNanos == FOR_EVER ? FOR_EVER : timeoutNanos - (time.nanoTime() - ticket.sinceNanos);
            if (left <= 0) {
                grantThreadsBefore(ticket);
            }
            if (left <= 0 || (interruptible && Thread.currentThread().isInterrupted())) {
                leave(ticket);
                break;
            }
            park(Math.min(left, due));
            if (!interruptible && Thread.interrupted()) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    RejectedExecutionException tooLarge(long permits) {
        return new RejectedExecutionException("the rate was replaced by one whose burst of " + source.largest()
                + " can never grant the " + permits + " permits that were waited for");
    }

    /** Takes a place, unless it is certain that it is in vain. */
    boolean join(Ticket ticket, long timeoutNanos) {
        lock.lock();
        try {
            if (ticket.permits > source.largest()) {
                abandoned++;
                throw tooLarge(ticket.permits); // replaced since the request was checked; under the lock it stays
            }
            if (timeoutNanos != FOR_EVER && source.nanosUntil(saturatedSum(wanted, ticket.permits)) > timeoutNanos) {
                abandoned++;
                return false;
            }
            if (waiters == most) {
                abandoned++;
                if (timeoutNanos != FOR_EVER) {
                    return false;
                }
                throw new RejectedExecutionException(most + " wait already, which is the most that may");
            }
            link(ticket);
            if (first == ticket && ticket.thread == null) {
                try {
                    watch();
                } catch (RuntimeException | Error failure) { // of the clock
                    unlink(ticket);
                    throw failure;
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** If the thread's ticket is the head, grants what is due. Returns how long the thread may sleep. */
    private long grantDue(Ticket ticket) {
        lock.lock();
        try {
            if (first != ticket) {
                return FOR_EVER;
            }
            grantThreads();
            if (first == ticket) {
                return source.nanosUntil(ticket.permits);
            }
            watch();
            return 0;
        } finally {
            lock.unlock();
        }
    }

    /** For a ticket whose time is up: what it gets does not depend on whether those before it have woken yet. */
    private void grantThreadsBefore(Ticket ticket) {
        lock.lock();
        try {
            Ticket head = first;
            if (head != ticket) {
                try {
                    grantThreads();
                } finally {
                    if (first != head) {
                        watch();
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The timer of a head without a thread. */
    private void grantDueWithoutThread(Ticket ticket) {
        boolean granted = false; // here: a timer that was cancelled when it had begun finds what another one did
        lock.lock();
        try {
            granted = first == ticket && source.take(ticket.permits);
            if (granted) {
                grant(ticket);
                grantThreads();
            }
        } finally { // whatever the clock throws: who is out of the line must be told, and those in it go on
            try {
                watch();
            } finally {
                lock.unlock();
                if (granted) {
                    ticket.ended();
                }
            }
        }
    }

    private void grantThreads() {
        for (Ticket head = first; head != null && head.thread != null && source.take(head.permits); head = first) {
            grant(head);
        }
    }

    private void grant(Ticket ticket) {
        unlink(ticket);
        end(ticket, State.GRANTED);
        waits++;
        waitedNanos += Math.max(0, time.nanoTime() - ticket.sinceNanos); // last, for the clock may fail
    }

    private static void end(Ticket ticket, State state) {
        ticket.state = state;
        if (ticket.thread != null && ticket.thread != Thread.currentThread()) {
            LockSupport.unpark(ticket.thread);
        }
    }

    /** Sees to it that the head watches the clock. */
    private void watch() {
        if (timer != null) {
            timer.cancel(); // a timer that has begun finds out for itself that it is not wanted any more
            timer = null;
        }
        Ticket head = first;
        if (head == null) {
            return;
        }
        if (head.thread != null) {
            LockSupport.unpark(head.thread);
        } else {
            long due = source.nanosUntil(head.permits);
            timer = time.schedule(() -> grantDueWithoutThread(head), Duration.ofNanos(due));
        }
    }

    /** Gives the place up. False if the ticket has been granted or has left before. */
    boolean leave(Ticket ticket) {
        lock.lock();
        try {
            if (ticket.state != State.WAITING) {
                return false;
            }
            boolean wasHead = first == ticket;
            unlink(ticket);
            abandoned++;
            ticket.state = State.LEFT;
            if (wasHead) {
                watch(); // the next may want less, and be due already
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Does something to the source that those in the line must not miss, and that may make some of them hopeless. */
    void change(Runnable change) {
        Ticket refused = null;
        lock.lock();
        try {
            change.run();
            for (Ticket ticket = first; ticket != null; ) {
                Ticket next = ticket.after;
                if (ticket.permits > source.largest()) {
                    unlink(ticket);
                    abandoned++;
                    end(ticket, State.REFUSED);
                    ticket.after = refused;
                    refused = ticket;
                }
                ticket = next;
            }
            watch();
        } finally {
            lock.unlock();
        }
        for (Ticket ticket = refused; ticket != null; ticket = ticket.after) {
            if (ticket.thread == null) {
                var unused = time.schedule(ticket::ended, Duration.ZERO); // so that it holds up no one
            }
        }
    }

    /** How long until the ticket is due, as it looks now. */
    long nanosUntil(Ticket ticket) {
        lock.lock();
        try {
            if (ticket.state != State.WAITING) {
                return 0;
            }
            long sum = 0;
            for (Ticket t = first; t != ticket && t != null; t = t.after) {
                sum = saturatedSum(sum, t.permits);
            }
            return source.nanosUntil(saturatedSum(sum, ticket.permits));
        } finally {
            lock.unlock();
        }
    }

    /** How long until so many more were due than those in line want. */
    long nanosUntil(long permits) {
        return source.nanosUntil(saturatedSum(wanted, permits));
    }

    private void link(Ticket ticket) {
        ticket.before = last;
        if (last == null) {
            first = ticket;
        } else {
            last.after = ticket;
        }
        last = ticket;
        waiters++;
        wanted = saturatedSum(wanted, ticket.permits);
    }

    private void unlink(Ticket ticket) {
        if (ticket.before == null) {
            first = ticket.after;
        } else {
            ticket.before.after = ticket.after;
        }
        if (ticket.after == null) {
            last = ticket.before;
        } else {
            ticket.after.before = ticket.before;
        }
        ticket.before = null;
        ticket.after = null;
        waiters--;
        wanted = wantedWithout(ticket);
    }

    /** After the ticket was taken out. */
    private long wantedWithout(Ticket ticket) {
        if (wanted < Long.MAX_VALUE) {
            return wanted - ticket.permits;
        }
        long sum = 0;
        for (Ticket left = first; left != null; left = left.after) {
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

    RateLimiterMetrics metrics(long admitted, long rejected) {
        lock.lock();
        try {
            return new RateLimiterMetrics(admitted, rejected, waits, Duration.ofNanos(waitedNanos), abandoned, waiters);
        } finally {
            lock.unlock();
        }
    }
}

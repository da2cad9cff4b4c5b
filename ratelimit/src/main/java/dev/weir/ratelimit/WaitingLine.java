package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.wait.WaiterQueue;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for permits, first come first served.
 *
 * <p>Permits are taken when a ticket is granted, never in advance: so a request that gives up only has to leave the
 * line, and everybody behind it moves up.
 *
 * <p><b>Who grants.</b> A thread that holds the lock and finds the head due grants it and all behind it that are due:
 * the head's own thread when it wakes, the timer, a request whose time is up, and a thread that gives permits back or
 * leaves. So nobody waits for a thread that does not run. A platform thread at the head watches the clock itself. For a
 * ticket without a thread the timer does. For a virtual thread both do, the timer a moment later: a virtual thread that
 * finds no free carrier holds up nobody.
 *
 * <p>Nothing foreign runs under the lock. What has ended for tickets without a thread is done after the unlock, by
 * {@link #finishEnded()}; {@link StackRoom} is checked before each lock.
 */
final class WaitingLine {
    static final long FOR_EVER = Long.MAX_VALUE;

    /** By how much the timer comes after a virtual thread at the head, which is then usually awake. */
    private static final long CARRIER_GRACE_NANOS = 1_000_000;

    /** After how long the timer looks again when the clock has thrown. */
    private static final long BROKEN_CLOCK_NANOS = 100_000_000;

    final TimeSource time;
    final LimiterSettings settings;
    private final PermitSource source;

    /** A manual clock follows the threads that it releases, and its tests count who waits on it. */
    private final boolean timerForVirtualThreads;

    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final WaiterQueue<Ticket> queue = new WaiterQueue<>();
    private @Nullable ScheduledTask timer;
    private long timerAtNanos;
    private long wantedHigh;
    private long wantedLow;
    private long waits;
    private long waitedNanos;
    private long abandoned;

    /** Written under the lock; zero opens the fast path. */
    private volatile int waiters;

    /** Tickets without a thread that were granted or refused under the lock, for what follows outside of it. */
    private final Queue<Ticket> ended = new ConcurrentLinkedQueue<>();

    WaitingLine(PermitSource source, LimiterSettings settings) {
        this.source = source;
        this.settings = settings;
        this.time = settings.time;
        this.timerForVirtualThreads = !(time instanceof ManualTimeSource);
    }

    boolean isEmpty() {
        return waiters == 0;
    }

    // ---- the ways to wait

    /** Waits in the calling thread until granted, timed out or, if that is wanted, interrupted. */
    boolean await(long permits, long timeoutNanos, boolean interruptible) throws InterruptedException {
        return new ThreadTicket(this, permits).await(timeoutNanos, interruptible);
    }

    /** Waits without the ability to be interrupted or timed out. */
    void awaitUninterruptibly(long permits) {
        try {
            if (!await(permits, FOR_EVER, false)) {
                throw new AssertionError("an untimed wait is over");
            }
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** A future that is completed when the permits are granted. */
    CompletableFuture<@Nullable Void> acquireAsync(long permits) {
        PermitFuture future = new PermitFuture(this, permits);
        try {
            join(future.ticket, FOR_EVER);
        } catch (RejectedExecutionException refused) {
            settings.rejected(permits);
            return CompletableFuture.failedFuture(refused);
        }
        return future;
    }

    /** A place in the line, to be awaited later. */
    Reservation reserve(RateLimiter limiter, long permits) {
        AsyncTicket ticket = new AsyncTicket(this, permits, null);
        try {
            join(ticket, FOR_EVER);
        } catch (RejectedExecutionException refused) {
            settings.rejected(permits);
            throw refused;
        }
        return new Reservation(limiter, permits, ticket);
    }

    // ---- in and out

    private void lock() {
        StackRoom.check();
        lock.lock();
    }

    RejectedExecutionException tooLarge(long permits) {
        return new RejectedExecutionException("the rate was replaced by one whose burst of " + source.largest()
                + " can never grant the " + permits + " permits that were waited for");
    }

    /** Takes a place, unless it is certain that it is in vain, whatever those do that wait already. */
    boolean join(Ticket ticket, long timeoutNanos) {
        lock();
        try {
            if (ticket.permits > source.largest()) {
                abandoned++;
                throw tooLarge(ticket.permits); // replaced since the request was checked; under the lock it stays
            }
            if (timeoutNanos <= 0 || (timeoutNanos != FOR_EVER && source.nanosUntil(ticket.permits) > timeoutNanos)) {
                abandoned++;
                return false;
            }
            if (queue.size() == settings.maxWaiters) {
                abandoned++;
                if (timeoutNanos != FOR_EVER) {
                    return false;
                }
                throw new RejectedExecutionException(
                        settings.maxWaiters + " requests wait already, which is the maximum");
            }
            enter(ticket);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void enter(Ticket ticket) {
        link(ticket);
        if (queue.peekFirst() == ticket) {
            try {
                watch();
            } catch (RuntimeException | Error failure) { // of the clock
                unlink(ticket);
                throw failure;
            }
        }
    }

    private void link(Ticket ticket) {
        queue.addLast(ticket);
        waiters = queue.size();
        wantedLow += ticket.permits;
        if (wantedLow < 0) { // two words of 63 bits: the sum is exact however many wait
            wantedLow &= Long.MAX_VALUE;
            wantedHigh++;
        }
    }

    private void unlink(Ticket ticket) {
        queue.remove(ticket);
        waiters = queue.size();
        wantedLow -= ticket.permits;
        if (wantedLow < 0) {
            wantedLow &= Long.MAX_VALUE;
            wantedHigh--;
        }
    }

    private long wanted() {
        return wantedHigh > 0 ? Long.MAX_VALUE : wantedLow;
    }

    /** Gives the place up. False if the ticket is not in the line. */
    boolean leave(Ticket ticket) {
        boolean left;
        try {
            lock();
            try {
                left = queue.contains(ticket);
                if (left) {
                    leaveLocked(ticket);
                }
            } finally {
                lock.unlock();
            }
        } finally {
            finishEnded();
        }
        return left;
    }

    /** Gives the place up because the time is over, unless it is due now. */
    void leaveUnlessDue(Ticket ticket) {
        try {
            lock();
            try {
                if (queue.contains(ticket)) {
                    grantAndWatch();
                }
                if (queue.contains(ticket)) {
                    leaveLocked(ticket);
                }
            } finally {
                lock.unlock();
            }
        } finally {
            finishEnded();
        }
    }

    private void leaveLocked(Ticket ticket) {
        boolean wasHead = queue.peekFirst() == ticket;
        unlink(ticket);
        ticket.state = Ticket.State.LEFT;
        abandoned++;
        if (wasHead) {
            grantAndWatch(); // the next may want less, and be due already
        }
    }

    /** For a request that failed: leaves the line, or gives back what was granted. */
    void abandon(Ticket ticket) {
        if (!leave(ticket) && ticket.state == Ticket.State.GRANTED) {
            giveBack(ticket);
        }
        settings.rejected(ticket.permits);
    }

    /** Gives back what was granted to a ticket, which then counts as abandoned. */
    void giveBack(Ticket ticket) {
        lock();
        try {
            waits--;
            abandoned++;
        } finally {
            lock.unlock();
        }
        refund(ticket.permits);
    }

    /** Gives permits back, and grants what is due now. */
    void refund(long permits) {
        source.giveBack(permits);
        grantDue();
    }

    // ---- granting

    /** Grants what is due now. */
    void grantDue() {
        if (isEmpty()) {
            return;
        }
        try {
            lock();
            try {
                grantAndWatch();
            } finally {
                lock.unlock();
            }
        } finally {
            finishEnded();
        }
    }

    /** Replaces the rate, refuses the requests that it makes hopeless, and grants what is due now. */
    void replaceRate(Runnable replacement) {
        try {
            lock();
            try {
                replacement.run();
                refuseTooLarge();
                grantAndWatch();
            } finally {
                lock.unlock();
            }
        } finally {
            finishEnded();
        }
    }

    private void refuseTooLarge() {
        long largest = source.largest();
        Ticket next;
        for (Ticket ticket = queue.peekFirst(); ticket != null; ticket = next) {
            next = queue.next(ticket);
            if (ticket.permits > largest) {
                unlink(ticket);
                abandoned++;
                end(ticket, Ticket.State.REFUSED);
            }
        }
    }

    /**
     * Grants the head and those behind it as far as they are due. In any case somebody watches the clock afterwards.
     */
    private void grantAndWatch() {
        boolean watched = false;
        try {
            long now = time.nanoTime(); // once, before anything changes
            for (Ticket head = queue.peekFirst();
                    head != null && source.take(head.permits, now);
                    head = queue.peekFirst()) {
                unlink(head);
                waits++;
                waitedNanos += Math.max(0, now - head.sinceNanos);
                end(head, Ticket.State.GRANTED);
            }
            watch();
            watched = true;
        } finally {
            if (!watched && !queue.isEmpty()) { // the clock threw
                cancelTimer();
                setTimer(BROKEN_CLOCK_NANOS, timerAtNanos);
            }
        }
    }

    private void end(Ticket ticket, Ticket.State state) {
        ticket.state = state;
        if (ticket.thread() == null) {
            ended.add(ticket);
        } else {
            wake(ticket);
        }
    }

    private static void wake(Ticket ticket) {
        if (ticket.thread() == Thread.currentThread()) {
            ticket.markSignalled();
        } else {
            ticket.signal();
        }
    }

    /** Sees to it that somebody watches the clock for the head. */
    private void watch() {
        Ticket head = queue.peekFirst();
        Thread thread = head == null ? null : head.thread();
        if (head != null && thread != null && thread != Thread.currentThread()) {
            wake(head);
        }
        if (head == null || (thread != null && !(timerForVirtualThreads && thread.isVirtual()))) {
            cancelTimer();
            return;
        }
        long now = time.nanoTime(); // before the readings by which it is reckoned: early, but not late
        long due = nanosToWatch(head.permits);
        long nanos = thread == null ? due : Checks.saturatedSum(due, CARRIER_GRACE_NANOS);
        if (nanos == FOR_EVER) {
            cancelTimer(); // never, unless the rate is replaced or permits are given back
        } else {
            watchByTimer(nanos, now);
        }
    }

    private long nanosToWatch(long permits) {
        return Math.min(source.nanosUntil(permits), source.trustedNanos());
    }

    /** A timer that comes earlier stays: it looks, and is set anew. So a line that moves quickly does not set many. */
    private void watchByTimer(long nanos, long now) {
        long at = now + nanos;
        if (timer != null && timerAtNanos - at <= 0) {
            return;
        }
        cancelTimer();
        setTimer(nanos, at);
        if (time.nanoTime() - at >= 0) { // while it was set, and so it counts from too late a reading
            cancelTimer();
            setTimer(0, at);
        }
    }

    private void setTimer(long nanos, long at) {
        timer = time.schedule(this::timerFired, Duration.ofNanos(nanos));
        timerAtNanos = at;
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(); // one that has begun looks, and finds nothing to do
            timer = null;
        }
    }

    private void timerFired() {
        try {
            lock();
            try {
                cancelTimer();
                grantAndWatch();
            } finally {
                lock.unlock();
            }
        } finally {
            finishEnded();
        }
    }

    /** What follows a grant or a refusal outside of the lock. */
    private void finishEnded() {
        if (ended.isEmpty()) {
            return;
        }
        StackRoom.check();
        for (Ticket ticket = ended.poll(); ticket != null; ticket = ended.poll()) {
            ticket.ended();
        }
    }

    // ---- how long it takes

    /** How long the ticket's thread may park until it has to look again; grants what is due if it is the head. */
    long nanosToPark(Ticket ticket) {
        try {
            lock();
            try {
                ticket.clearSignal();
                if (queue.peekFirst() != ticket) {
                    return FOR_EVER;
                }
                grantAndWatch();
                return queue.contains(ticket) ? nanosToWatch(ticket.permits) : 0;
            } finally {
                lock.unlock();
            }
        } finally {
            finishEnded();
        }
    }

    /** How long until the ticket is due, as it looks now; 0 if it is not in the line. */
    long nanosUntil(Ticket ticket) {
        lock();
        try {
            if (!queue.contains(ticket)) {
                return 0;
            }
            long sum = 0;
            for (Ticket t = queue.peekFirst(); t != ticket && t != null; t = queue.next(t)) {
                sum = Checks.saturatedSum(sum, t.permits);
            }
            return source.nanosUntil(Checks.saturatedSum(sum, ticket.permits));
        } finally {
            lock.unlock();
        }
    }

    /** How long until that number of permits more is due than the requests in line want. */
    long nanosUntil(long permits) {
        lock();
        try {
            return source.nanosUntil(Checks.saturatedSum(wanted(), permits));
        } finally {
            lock.unlock();
        }
    }

    RateLimiterMetrics metrics() {
        long admitted = LimiterSettings.sum(settings.admitted);
        long rejected = LimiterSettings.sum(settings.rejected);
        lock();
        try {
            return new RateLimiterMetrics(
                    admitted, rejected, waits, Duration.ofNanos(waitedNanos), abandoned, queue.size());
        } finally {
            lock.unlock();
        }
    }
}

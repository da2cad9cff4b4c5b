package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.WaiterLine;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * The requests that wait for permits, in the {@link WaiterOrder} of their limiter: first come, first served, unless it
 * was built with priorities or shares.
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
 * {@link EndedTickets}; {@link StackRoom} is checked before each lock.
 */
final class WaitingLine {
    static final long FOR_EVER = Long.MAX_VALUE;

    /** By how much the timer comes after a virtual thread at the head, which is then usually awake. */
    private static final long CARRIER_GRACE_NANOS = 1_000_000;

    final TimeSource time;
    final LimiterSettings settings;
    final PermitSource source;
    final LineForecast forecast = new LineForecast(this);

    /** After how long the timer looks again when it has found the lock taken. */
    private static final long LOCKED_NANOS = 100_000;

    /** A manual clock follows the threads that it releases, and its tests count who waits on it. */
    final boolean timerForVirtualThreads;

    final PromptLock lock = new PromptLock();

    // Guarded by the lock.
    final WaiterLine<Ticket> queue;
    final Wanted wanted = new Wanted();
    private final LineTimer timer;
    final LineCounts counts;

    final LineGate gate;

    /** How many permits the head wants, 0 if nobody waits: written under the lock, and read without. */
    private volatile long headPermits;

    private final EndedTickets ended = new EndedTickets();

    WaitingLine(PermitSource source, LimiterSettings settings, LineCounts counts) {
        this.counts = counts;
        this.source = source;
        this.settings = settings;
        this.queue = settings.order.newLine();
        this.time = settings.time;
        this.gate = new LineGate(time);
        this.timer = new LineTimer(time, this::timerFired);
        this.timerForVirtualThreads = !(time instanceof ManualTimeSource);
    }

    /** What thread dumps show as waited for, and by which threads. */
    @Override
    public String toString() {
        String of = source.toString();
        lock();
        try {
            return of + ": permits, " + WaitText.of(queue);
        } finally {
            lock.unlock();
        }
    }

    /** Whether a request may take permits at once: nobody waits, and there is no pause. */
    boolean isOpen() {
        if (gate.isOpen()) {
            return true;
        }
        if (gate.isPauseOver()) {
            change(() -> {});
        }
        return gate.isOpen();
    }

    // ---- in and out

    long largest() {
        return source.largest();
    }

    void lock() {
        StackRoom.check();
        lock.lock();
    }

    /** Keeps the line from retiring until the next {@link #join} or {@link #pause}. False if it has retired. */
    boolean pin() {
        return gate.pin();
    }

    /** Takes a place, unless it is certain that it is in vain, whatever those do that wait already. Unpins. */
    boolean join(Ticket ticket, long timeoutNanos) {
        boolean joined = false;
        try {
            lock();
            try {
                joined = joins(ticket, timeoutNanos);
            } finally {
                unlock();
            }
        } finally {
            unpin();
            if (!joined) {
                counts.abandoned.increment();
            }
        }
        return joined;
    }

    private boolean joins(Ticket ticket, long timeoutNanos) {
        if (ticket.permits > source.largest()) {
            throw ticket.tooLarge(source.largest()); // replaced since the request was checked; under the lock it stays
        }
        long least = Math.max(source.nanosAtLeast(ticket.permits), gate.pauseNanos());
        if (timeoutNanos <= 0 || (timeoutNanos != FOR_EVER && least > timeoutNanos)) {
            return false;
        }
        ticket.timeoutNanos = timeoutNanos;
        if (queue.size() < settings.maxWaiters) {
            enter(ticket);
            return true;
        }
        if (timeoutNanos != FOR_EVER) {
            return false;
        }
        throw new RejectedExecutionException(settings.maxWaiters + " requests wait already, which is the maximum");
    }

    /** Whatever a thread has pinned the line for is done, or failed. */
    void unpin() {
        if (!source.keepsLine()) {
            gate.unpin();
            retireIfUnused();
        }
    }

    private void enter(Ticket ticket) {
        link(ticket);
        if (queue.peekFirst() == ticket) {
            try {
                watch();
            } catch (RuntimeException | Error failure) { // of the clock
                queue.remove(ticket);
                unlinked(ticket);
                if (!queue.isEmpty()) {
                    timer.watchBrokenClock();
                }
                throw failure;
            }
        }
    }

    private void link(Ticket ticket) {
        queue.add(ticket);
        wanted.add(ticket.permits);
        headChanged();
        gate.waiters(queue.size()); // before the count: a thread that sees it finds the gate closed
        counts.waiters.increment();
    }

    private void unlinked(Ticket ticket) {
        wanted.remove(ticket.permits);
        headChanged();
        gate.waiters(queue.size());
        counts.waiters.decrement();
    }

    private void headChanged() {
        Ticket head = queue.peekFirst();
        headPermits = head == null ? 0 : head.permits;
    }

    long headPermits() {
        return headPermits;
    }

    /** Gives the place up. False if the ticket is not in the line. */
    boolean leave(Ticket ticket) {
        lock();
        try {
            return leaveLocked(ticket);
        } finally {
            unlock();
        }
    }

    /** Gives the place up because the time is over, unless it is due now. */
    void leaveUnlessDue(Ticket ticket) {
        lock();
        try {
            if (queue.contains(ticket)) {
                grantAndWatch();
            }
            leaveLocked(ticket);
        } finally {
            unlock();
        }
    }

    private boolean leaveLocked(Ticket ticket) {
        if (!queue.contains(ticket)) {
            return false;
        }
        Ticket head = queue.peekFirst();
        queue.remove(ticket);
        unlinked(ticket);
        ticket.state = Ticket.State.LEFT;
        counts.abandoned.increment();
        if (queue.peekFirst() != head) {
            grantAndWatch(); // the next may want less, and be due already
        }
        return true;
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
        counts.waits.decrement();
        counts.abandoned.increment();
        refund(ticket.permits);
    }

    /** Gives permits back, and grants what is due now: in another line, perhaps, if this one has retired. */
    void refund(long permits) {
        source.giveBack(permits);
        source.grantDue();
    }

    // ---- granting

    /** Grants what is due now. */
    void grantDue() {
        if (!gate.nobodyWaits()) {
            change(() -> {});
        }
    }

    /** Lets nobody take permits for a time from now, at least as long as a pause that there is. Unpins. */
    void pause(long nanos) {
        try {
            change(() -> gate.pause(nanos));
        } finally {
            unpin();
        }
    }

    void resume() {
        change(gate::resume);
    }

    /** Replaces the rate, refuses the requests that it makes hopeless, and grants what is due now. */
    void replaceRate(Runnable replacement) {
        change(() -> {
            Iterator<Ticket> waiting = queue.iterator(); // now, as it may need memory
            replacement.run();
            refuseTooLarge(waiting);
        });
    }

    /** Changes something under the lock, and grants what is due then. */
    private void change(Runnable change) {
        lock();
        try {
            change.run();
            grantAndWatch();
        } finally {
            unlock();
        }
    }

    /** Does something under the lock. */
    <T> T locked(Supplier<T> action) {
        lock();
        try {
            return action.get();
        } finally {
            unlock();
        }
    }

    private void unlock() {
        try {
            lock.unlock();
        } finally {
            follow();
        }
    }

    /** What follows for those who are out of the line. */
    private void follow() {
        ended.finish();
        if (!source.keepsLine()) {
            retireIfUnused();
        }
        source.lineChanged();
    }

    /**
     * Retires the line if nothing but a pause that is over, or a failure, has kept it. Called under the lock of the
     * keys, which comes after that of the line, and so waits for nothing.
     */
    boolean retires(long now) {
        if (!gate.nobodyWaits() || !lock.tryLock()) {
            return false;
        }
        try {
            return gate.admits(now) && gate.retire();
        } finally {
            lock.unlock();
        }
    }

    /** The thread that has the lock now does so next, or {@link #retires} when room is needed. */
    private void retireIfUnused() {
        boolean retired;
        if (!lock.tryLock()) {
            return;
        }
        try {
            retired = gate.retire();
        } finally {
            lock.unlock();
        }
        if (retired) {
            source.retired(this);
        }
    }

    private void refuseTooLarge(Iterator<Ticket> waiting) {
        long largest = source.largest();
        while (waiting.hasNext()) {
            Ticket ticket = waiting.next();
            if (ticket.permits > largest) {
                drop(ticket, Ticket.State.REFUSED);
            }
        }
    }

    /** Ends a request that gets nothing. */
    void drop(Ticket ticket, Ticket.State state) {
        queue.remove(ticket);
        unlinked(ticket);
        counts.abandoned.increment();
        end(ticket, state);
    }

    /**
     * Grants the head and those behind it as far as they are due. In any case somebody watches the clock afterwards.
     */
    void grantAndWatch() {
        boolean watched = false;
        try {
            long now = time.nanoTime(); // once, before anything changes
            boolean open = gate.admits(now);
            for (Ticket head = queue.peekFirst();
                    head != null && open && source.grant(head.permits, now);
                    head = queue.peekFirst()) {
                queue.served(head);
                unlinked(head);
                head.grantedNanos = now;
                counts.waits.increment();
                counts.waited.record(now - head.sinceNanos);
                end(head, Ticket.State.GRANTED);
            }
            watch();
            watched = true;
        } finally {
            if (!watched && !queue.isEmpty()) { // the clock threw
                timer.watchBrokenClock();
            }
        }
    }

    private void end(Ticket ticket, Ticket.State state) {
        ticket.state = state;
        if (ticket.thread() == null) {
            ended.add(ticket);
        } else {
            ticket.wake();
        }
    }

    /** Sees to it that somebody watches the clock for the head. */
    private void watch() {
        Ticket head = queue.peekFirst();
        Thread thread = head == null ? null : head.thread();
        if (head != null && thread != null) {
            head.wake(); // also on its own thread, which may have reckoned its park before it called the source
        }
        if (head == null || (thread != null && !(timerForVirtualThreads && thread.isVirtual()))) {
            timer.cancel();
            return;
        }
        long now = time.nanoTime(); // before the readings by which it is reckoned: early, but not late
        long due = source.nanosToWatch(head.permits, gate.pauseNanos());
        long nanos = thread == null ? due : Checks.saturatedSum(due, CARRIER_GRACE_NANOS);
        if (nanos == FOR_EVER) {
            timer.cancel(); // never, unless the rate is replaced or permits are given back
        } else {
            timer.watch(now, nanos);
        }
    }

    /**
     * Does not wait for the lock: the thread that has it may be a virtual one that does not run, and all timers have
     * one thread. But a manual clock moves only when that is done which is due.
     */
    private void timerFired() {
        if (!timerForVirtualThreads) {
            change(timer::cancel);
            return;
        }
        StackRoom.check();
        if (!lock.tryLock()) {
            time.schedule(this::timerFired, Duration.ofNanos(LOCKED_NANOS));
            return;
        }
        try {
            timer.cancel();
            grantAndWatch();
        } finally {
            unlock();
        }
    }

    // ---- how long it takes

    /** How long the ticket's thread may park until it has to look again; grants what is due if it is the head. */
    long nanosToPark(Ticket ticket) {
        lock();
        try {
            if (queue.peekFirst() == ticket) {
                grantAndWatch();
            }
            ticket.clearSignal(); // what changes from now on, it has to look at
            if (queue.contains(ticket) && queue.peekFirst() != ticket) {
                return FOR_EVER;
            }
            return queue.contains(ticket) ? source.nanosToWatch(ticket.permits, gate.pauseNanos()) : 0;
        } finally {
            unlock();
        }
    }
}

package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A place in a limiter's line, made by {@link RateLimiter#reserve}. When its turn and its time have come it is granted:
 * the permits are taken then, whether somebody awaits them or not. Whoever does not want them any more cancels it.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="reserve"}
 *
 * <p>Thread-safe. An interrupt or timeout of one who awaits it leaves the reservation as it is. A reservation that is
 * neither used nor cancelled costs its permits.
 */
public final class Reservation {
    private final QueueingLimiter limiter;
    private final long permits;
    private final WaitingLine.@Nullable Ticket ticket;
    private final CompletableFuture<@Nullable Void> granted;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final Set<Thread> awaiting = ConcurrentHashMap.newKeySet(1);

    Reservation(
            QueueingLimiter limiter,
            long permits,
            WaitingLine.@Nullable Ticket ticket,
            CompletableFuture<@Nullable Void> granted) {
        this.limiter = limiter;
        this.permits = permits;
        this.ticket = ticket;
        this.granted = granted;
        if (!granted.isDone()) {
            // Once: a dependent of each wait would stay with the future until it is done.
            var unused = granted.whenComplete((nothing, failure) -> awaiting.forEach(LockSupport::unpark));
        }
    }

    /**
     * How many permits it is for.
     *
     * @return the number
     */
    public long permits() {
        return permits;
    }

    /**
     * How long until it is granted, as it looks now: sooner if somebody before it gives up or permits are refunded, later
     * if the rate is lowered.
     *
     * @return the delay, zero if it is granted or over; about 292 years for longer than that
     */
    public Duration delay() {
        return ticket == null ? Duration.ZERO : Duration.ofNanos(limiter.line().nanosUntil(ticket));
    }

    /**
     * Whether the permits are taken.
     *
     * @return true once it is granted, until it is cancelled
     */
    public boolean isGranted() {
        return granted.isDone() && !granted.isCompletedExceptionally() && !cancelled.get();
    }

    /**
     * Waits until it is granted.
     *
     * @throws InterruptedException if the thread is interrupted before or while it waits; the reservation stays
     * @throws CancellationException if it is cancelled
     * @throws RejectedExecutionException if the rate was replaced by one whose burst is too small
     */
    public void await() throws InterruptedException {
        await(WaitingLine.FOR_EVER);
    }

    /**
     * Waits until it is granted, so long at most.
     *
     * @param timeout how long to wait at most; zero or less does not wait
     * @return whether it is granted; if not, the reservation stays
     * @throws InterruptedException if the thread is interrupted before or while it waits; the reservation stays
     * @throws CancellationException if it is cancelled
     * @throws RejectedExecutionException if the rate was replaced by one whose burst is too small
     */
    public boolean await(Duration timeout) throws InterruptedException {
        return await(Checks.saturatedNanos(timeout));
    }

    private boolean await(long timeoutNanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (!granted.isDone()) {
            park(timeoutNanos);
        }
        if (ticket != null && ticket.state() == WaitingLine.State.REFUSED) {
            throw limiter.line().tooLarge(permits); // also if it was cancelled afterwards, in vain
        }
        if (cancelled.get()) {
            throw new CancellationException("the reservation was cancelled");
        }
        return granted.isDone();
    }

    private void park(long timeoutNanos) throws InterruptedException {
        TimeSource time = limiter.time;
        long start = time.nanoTime();
        Thread thread = Thread.currentThread();
        awaiting.add(thread); // and only then looks whether it is granted
        try {
            for (long left = timeoutNanos; left > 0 && !granted.isDone(); ) {
                if (timeoutNanos == WaitingLine.FOR_EVER) {
                    LockSupport.park(this);
                } else {
                    time.parkNanos(this, left);
                    left = timeoutNanos - (time.nanoTime() - start);
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            awaiting.remove(thread);
        }
    }

    /**
     * Gives the place in the line up, or the permits back if they are taken. Those behind it move up.
     *
     * @return true if this call did so; false if it was cancelled before, or refused when the rate was replaced
     */
    public boolean cancel() {
        if (!cancelled.compareAndSet(false, true)) {
            return false;
        }
        if (ticket == null) {
            limiter.refund(permits);
            return true;
        }
        boolean waited = limiter.line().leave(ticket);
        // Completed by us, the grant is taken back by the line; completed by the grant, it is for us to take back.
        if (!granted.cancel(false) && ticket.state() == WaitingLine.State.GRANTED) {
            limiter.refund(permits);
            return true;
        }
        return waited || ticket.state() == WaitingLine.State.GRANTED;
    }

    /**
     * What it is for and how it stands.
     *
     * @return for instance {@code Reservation[5 permits, due in PT0.5S]}
     */
    @Override
    public String toString() {
        String state = cancelled.get() ? "cancelled" : isGranted() ? "granted" : "due in " + delay();
        return "Reservation[" + permits + " permits, " + state + "]";
    }
}

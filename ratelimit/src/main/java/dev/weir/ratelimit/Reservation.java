package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A place in a limiter's line, made by {@link RateLimiter#reserve}. When its turn and its time have come it is granted:
 * the permits are taken then, whether somebody awaits them or not. Cancel a reservation that is not wanted any more.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="reserve"}
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@link #await()} waits for the grant; nothing
 * else blocks. <b>Interruption.</b> An interrupt or a timeout of a thread that awaits it leaves the reservation as it
 * is. <b>Fairness.</b> Its place in the line is that of the moment of {@code reserve}. <b>Memory effects.</b> What is
 * done before {@code reserve} happens-before the return of {@code await}. A reservation that is neither used nor
 * cancelled costs its permits.
 */
public final class Reservation {
    private final RateLimiter limiter;
    private final long permits;

    /** Null if the permits were there at once. */
    final @Nullable Place place;

    /** Of a reservation whose permits were there at once; otherwise the place knows. */
    private final AtomicBoolean cancelled = new AtomicBoolean();

    Reservation(RateLimiter limiter, long permits, @Nullable Place place) {
        this.limiter = limiter;
        this.permits = permits;
        this.place = place;
    }

    /** This reservation, once it has its place in the line. */
    Reservation entered() {
        if (place != null) {
            place.enter();
        }
        return this;
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
     * How long until it is granted, as it looks now: sooner if a request before it gives up or permits are refunded,
     * later if the rate is lowered. The jitter of the limiter is not included.
     *
     * @return the delay, zero if it is granted or over; about 292 years for longer than that
     */
    public Duration delay() {
        return place == null ? Duration.ZERO : Duration.ofNanos(place.delayNanos());
    }

    /**
     * Whether the permits are taken.
     *
     * @return true once it is granted, until it is cancelled
     */
    public boolean isGranted() {
        return place == null ? !cancelled.get() : place.isGranted();
    }

    private boolean isCancelled() {
        return place == null ? cancelled.get() : place.isCancelled();
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
     * Waits until it is granted, with a time limit.
     *
     * @param timeout how long to wait at most; zero or less does not wait
     * @return whether it is granted; if not, the reservation stays
     * @throws InterruptedException if the thread is interrupted before or while it waits; the reservation stays
     * @throws CancellationException if it is cancelled
     * @throws RejectedExecutionException if the rate was replaced by one whose burst is too small
     */
    public boolean await(Duration timeout) throws InterruptedException {
        return await(Checks.saturatedNanos(Objects.requireNonNull(timeout, "timeout")));
    }

    private boolean await(long timeoutNanos) throws InterruptedException {
        if (place == null) {
            Interrupts.throwIfInterrupted();
        } else {
            place.await(timeoutNanos);
        }
        if (isCancelled()) {
            throw new CancellationException("the reservation was cancelled");
        }
        return isGranted();
    }

    /**
     * Gives the place in the line up, or the permits back if they are taken. The requests behind it move up.
     *
     * @return true if this call did so; false if it was cancelled before, or refused when the rate was replaced
     */
    public boolean cancel() {
        if (place != null) {
            return place.cancel();
        }
        if (!cancelled.compareAndSet(false, true)) {
            return false;
        }
        limiter.refund(permits);
        return true;
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Reservation[5 permits, due in PT0.5S]}
     */
    @Override
    public String toString() {
        String state = isCancelled() ? "cancelled" : isGranted() ? "granted" : "due in " + delay();
        return "Reservation[" + permits + " permits, " + state + "]";
    }
}

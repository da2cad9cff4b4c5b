package dev.weir.ratelimit;

import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterClass;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A request's place in a {@link WaitingLine}: of a thread ({@link ThreadTicket}), or of a future or a reservation
 * ({@link AsyncTicket}).
 *
 * <pre>
 *   WAITING --due, under the lock------&gt; GRANTED: out of the line, permits taken
 *      |\-----given up, under the lock--&gt; LEFT: out of the line, nothing taken
 *      \------burst is now too small----&gt; REFUSED: out of the line, nothing taken
 *
 *   GRANTED --at once, or after the jitter--&gt; DELIVERED --cancelled, a reservation--&gt; RETURNED
 *      \------cancelled in the jitter-------------------------------------------------&gt; RETURNED: permits given back
 * </pre>
 *
 * The lower half is for tickets without a thread, and changed by compare-and-set.
 */
abstract class Ticket extends Waiter {
    enum State {
        WAITING,
        GRANTED,
        LEFT,
        REFUSED,
        DELIVERED,
        RETURNED
    }

    final long permits;
    final long sinceNanos;
    private final WaiterClass its;

    /** The reading of the clock by which it was granted; written before the state. */
    long grantedNanos;

    /**
     * Written under the line's lock until the ticket is out of the line; volatile so that its owner may look without.
     */
    volatile State state = State.WAITING;

    /** How long the request waits at most; guarded by the lock of the line. */
    long timeoutNanos = WaitingLine.FOR_EVER;

    /** Why it is refused, if that is not the burst; written before the state. */
    @Nullable
    String refusal;

    Ticket(long permits, WaiterClass its, long sinceNanos, @Nullable Thread thread) {
        super(thread);
        this.permits = permits;
        this.its = its;
        this.sinceNanos = sinceNanos;
    }

    @Override
    public final long cost() {
        return permits;
    }

    @Override
    public final long sinceNanos() {
        return sinceNanos;
    }

    @Override
    public final WaiterClass waiterClass() {
        return its;
    }

    /**
     * Called once outside of the lock when the ticket was granted or refused, by the thread that did so: must be quick.
     */
    abstract void ended();

    /** Why a ticket was refused, in a limiter with that burst. */
    RejectedExecutionException refusal(long burst) {
        return refusal == null ? tooLarge(burst) : new RejectedExecutionException(refusal);
    }

    RejectedExecutionException tooLarge(long burst) {
        return new RejectedExecutionException("the rate was replaced by one whose burst of " + burst
                + " can never grant the " + permits + " permits that were waited for");
    }

    /** Has the ticket's thread look at what has changed. */
    final void wake() {
        if (thread() == Thread.currentThread()) {
            markSignalled();
        } else {
            signal();
        }
    }
}

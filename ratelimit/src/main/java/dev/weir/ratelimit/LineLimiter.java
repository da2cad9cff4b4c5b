package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.metrics.Tally;
import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A limiter whose requests wait in a {@link WaitingLine}. All ways to ask for permits try first whether they are there,
 * which is open only while nobody waits and there is no pause; the ones that wait enter the line then.
 */
abstract sealed class LineLimiter extends PermitSource implements RateLimiter
        permits BucketLimiter, WarmUpLimiter, KeyLimiter {
    final TimeSource time;
    final LimiterSettings settings;

    // Of the settings, and a load less.
    final Tally decisions;
    final @Nullable RateLimiterListener listener;

    LineLimiter(LimiterSettings settings) {
        this.settings = settings;
        this.time = settings.time;
        this.decisions = settings.decisions;
        this.listener = settings.listener;
    }

    // ---- what limiters differ in

    /** The line, or null if nobody has had to wait yet. */
    abstract @Nullable WaitingLine lineIfMade();

    /** The line, made if need be. */
    abstract WaitingLine line();

    /** The counts of those who wait. */
    LineCounts counts() {
        WaitingLine present = lineIfMade();
        return present == null ? LineCounts.NONE : present.counts;
    }

    /** Takes permits, all or none, for several limits, which may give them back: none that were taken in advance. */
    boolean tryAcquireShared(long permits) {
        return tryAcquire(permits);
    }

    /** How much may come back of permits that were taken somehow and count as taken now. */
    long settleable(long permits) {
        return permits;
    }

    /** Takes what is there, up to a number. Returns how many were taken. */
    abstract long takeUpTo(long most);

    /** Takes all that is there. Returns how many were taken. */
    long takeAll() {
        return takeUpTo(Long.MAX_VALUE);
    }

    /** Takes what was used, into debt if it is not there. */
    abstract void takeUsed(long permits);

    /** An estimate was taken at this reading of the clock, or later. */
    abstract OpenEstimates.Entry estimated(long permits, long sinceNanos);

    /** Settles an estimate, of which that number of permits is to come back. */
    abstract void settled(OpenEstimates.Entry entry, long permits);

    /** The whole permits that are there. */
    abstract long available();

    /** Refuses requests that can never be granted. */
    abstract void checkRange(long permits);

    // ---- the line

    final boolean isOpen() {
        WaitingLine present = lineIfMade();
        return present == null || present.isOpen();
    }

    private ThreadTicket ticket(long permits, WaiterClass its) {
        return ticketOf(line -> new ThreadTicket(line, permits, its));
    }

    /** Makes what is going to join the line, which is pinned until then, or until this fails. */
    private <T> T ticketOf(Function<WaitingLine, T> maker) {
        WaitingLine line = line();
        boolean made = false;
        try {
            T ticket = maker.apply(line);
            made = true;
            return ticket;
        } finally {
            if (!made) { // the clock threw, or memory has ended
                line.unpin();
            }
        }
    }

    /** How long until that number of permits is there after all in line have been served. */
    private long nanosUntilTurn(long permits) {
        WaitingLine present = lineIfMade();
        return present == null || present.isOpen() ? nanosUntil(permits) : present.forecast.nanosUntil(permits);
    }

    // ---- the ways to ask

    /** For a request that would overtake others: whether it needs nothing. */
    final boolean isNothing(long permits) {
        checkRange(permits);
        return permits == 0;
    }

    /** Takes the permits if they are there and nobody waits for them. */
    private boolean takeAtOnce(long permits) {
        boolean admitted = isOpen() ? take(permits, time.nanoTime()) : isNothing(permits);
        if (admitted) {
            settings.admitted(permits, 0);
        }
        return admitted;
    }

    final boolean observed(boolean admitted, long permits) {
        settings.count(admitted, permits);
        return notified(admitted, permits);
    }

    /** For a request that did not wait. */
    final boolean notified(boolean admitted, long permits) {
        if (admitted) {
            settings.notifyAdmitted(permits, 0);
        } else {
            settings.notifyRejected(permits);
        }
        return admitted;
    }

    @Override
    public final long tryAcquireUpTo(long permits) {
        Checks.notNegative(permits, "permits");
        long taken = isOpen() ? takeUpTo(permits) : 0;
        observed(taken > 0 || permits == 0, taken > 0 ? taken : permits);
        return taken;
    }

    @Override
    public final boolean tryAcquire(long permits, Duration timeout) throws InterruptedException {
        return tryAcquire(permits, timeout, WaiterClass.NONE);
    }

    final boolean tryAcquire(long permits, Duration timeout, WaiterClass its) throws InterruptedException {
        long nanos = LimiterSettings.timeoutNanos(timeout);
        Interrupts.throwIfInterrupted();
        if (takeAtOnce(permits)) {
            return true;
        }
        return nanos > 0 ? ticket(permits, its).await(nanos, true) : observed(false, permits);
    }

    @Override
    public final void acquire(long permits) throws InterruptedException {
        acquire(permits, WaiterClass.NONE);
    }

    final void acquire(long permits, WaiterClass its) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        if (!takeAtOnce(permits)) {
            ticket(permits, its).await(WaitingLine.FOR_EVER, true);
        }
    }

    @Override
    public final Settlement acquireEstimate(long estimate) throws InterruptedException {
        return acquireEstimate(estimate, WaiterClass.NONE);
    }

    final Settlement acquireEstimate(long estimate, WaiterClass its) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        long now = time.nanoTime();
        if (takeAtOnce(estimate)) {
            return new Settlement(this, estimate, now);
        }
        ThreadTicket ticket = ticket(estimate, its);
        ticket.await(WaitingLine.FOR_EVER, true);
        return new Settlement(this, estimate, ticket.grantedNanos);
    }

    @Override
    public final void acquireUninterruptibly(long permits) {
        acquireUninterruptibly(permits, WaiterClass.NONE);
    }

    final void acquireUninterruptibly(long permits, WaiterClass its) {
        if (!takeAtOnce(permits)) {
            ticket(permits, its).awaitUninterruptibly();
        }
    }

    @Override
    public final CompletableFuture<@Nullable Void> acquireAsync(long permits) {
        return acquireAsync(permits, WaiterClass.NONE);
    }

    final CompletableFuture<@Nullable Void> acquireAsync(long permits, WaiterClass its) {
        return takeAtOnce(permits)
                ? CompletableFuture.completedFuture(null)
                : ticketOf(line -> new PermitFuture(line, permits, its)).entered();
    }

    @Override
    public final Reservation reserve(long permits) {
        return reserve(permits, WaiterClass.NONE);
    }

    final Reservation reserve(long permits, WaiterClass its) {
        return takeAtOnce(permits)
                ? new Reservation(this, permits, null)
                : ticketOf(line -> new Reservation(this, permits, new AsyncTicket(line, permits, its, null)))
                        .entered();
    }

    // ---- views

    @Override
    public final RateLimiter withPriority(int priority) {
        return view(WaiterClass.NONE.withPriority(priority));
    }

    @Override
    public final RateLimiter forTenant(String tenant) {
        return view(WaiterClass.NONE.withTenant(tenant));
    }

    final RateLimiter view(WaiterClass its) {
        return settings.order.looksAtClasses() ? new ClassedLimiter(this, its) : this;
    }

    @Override
    public final Decision check(long permits) {
        boolean admitted = tryAcquire(permits);
        // Something may have come between a rejection and this; but a rejected client is not asked to come at once.
        return decision(admitted, admitted ? 0 : Math.max(1, nanosUntilTurn(permits)));
    }

    @Override
    public final Decision peek(long permits) {
        checkRange(permits);
        long nanos = permits == 0 ? 0 : nanosUntilTurn(permits);
        return decision(nanos == 0, nanos);
    }

    private Decision decision(boolean admitted, long retryNanos) {
        return Decision.of(admitted, isOpen() ? available() : 0, retryNanos, nanosUntilTurn(largest()));
    }

    // ---- what changes without asking

    @Override
    public final void refund(long permits) {
        Checks.notNegative(permits, "permits");
        giveBack(permits);
        grantDue();
    }

    @Override
    final void grantDue() {
        WaitingLine present = lineIfMade();
        if (present != null) {
            present.grantDue();
        }
    }

    /** Settles an estimate that was too high. */
    final void settleBack(OpenEstimates.Entry entry, long permits) {
        settled(entry, permits);
        grantDue();
    }

    @Override
    public final void charge(long permits) {
        Checks.notNegative(permits, "permits");
        takeUsed(permits);
        settings.count(true, permits);
    }

    @Override
    public final long drain() {
        return isOpen() ? takeAll() : 0;
    }

    @Override
    public final void pauseFor(Duration duration) {
        long nanos = Checks.saturatedNanos(Checks.notNegative(duration, "duration"));
        if (nanos > 0) {
            line().pause(nanos);
        }
    }

    @Override
    public final void resume() {
        WaitingLine present = lineIfMade();
        if (present != null) {
            present.resume();
        }
    }

    @Override
    public final String name() {
        return settings.name.toString();
    }

    @Override
    public final RateLimiterMetrics metrics() {
        return settings.metrics(counts(), isOpen() ? available() : 0);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code TokenBucket[limiter-1, Rate[permits=5, period=PT1S, burst=5], 0 waiters]}
     */
    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[" + name() + ", " + rate() + ", " + counts().waiters + " waiters]";
    }
}

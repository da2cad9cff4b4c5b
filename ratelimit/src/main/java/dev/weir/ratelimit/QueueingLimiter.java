package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * All ways to ask for permits, over a source that can only say yes, no, and how long until yes. Requests that wait do so
 * in one line, and the fast path is open only while that is empty.
 */
abstract class QueueingLimiter implements RateLimiter {
    private static final VarHandle LINE;

    static {
        try {
            LINE = MethodHandles.lookup().findVarHandle(QueueingLimiter.class, "line", WaitingLine.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    final TimeSource time;
    private final LimiterSettings settings;

    /** Made when somebody has to wait for the first time: most limiters of a service only ever say yes or no. */
    private volatile @Nullable WaitingLine line;

    QueueingLimiter(LimiterSettings settings) {
        this.settings = settings;
        this.time = settings.time;
    }

    /** Takes all or none, as of a reading of the clock, and refuses requests that can never be granted. */
    abstract boolean take(long permits, long now);

    private boolean take(long permits) {
        return take(permits, time.nanoTime());
    }

    /** Refuses requests that can never be granted. */
    abstract void checkPermits(long permits);

    /** Takes as many as there are, up to so many, and returns how many. */
    abstract long takeUpTo(long most);

    /** Gives back what was taken, up to a full source. */
    abstract void giveBack(long permits);

    /** How long until so many are there; {@link WaitingLine#FOR_EVER} for beyond the clock. */
    abstract long nanosUntil(long permits);

    /** How many are there. */
    abstract long available();

    private final class Permits implements WaitingLine.Source {
        @Override
        public boolean take(long permits) {
            return QueueingLimiter.this.take(permits);
        }

        @Override
        public long nanosUntil(long permits) {
            return QueueingLimiter.this.nanosUntil(permits);
        }

        @Override
        public long largest() {
            return rate().burst();
        }

        @Override
        public void refund(long permits) {
            QueueingLimiter.this.refund(permits);
        }
    }

    private boolean nobodyWaits() {
        WaitingLine present = line;
        return present == null || present.isEmpty();
    }

    final WaitingLine line() {
        WaitingLine present = line;
        if (present == null) {
            LINE.compareAndSet(this, null, new WaitingLine(new Permits(), time, settings.maxWaiters));
            present = line;
        }
        return present == null ? line() : present; // never null again
    }

    @Override
    public final boolean tryAcquire(long permits) {
        // The clock comes first, for reading it waits for the loads before it; and the loads that need not come after
        // the
        // compare-and-set come before it, for they would wait for that.
        long now = time.nanoTime();
        LimiterSettings observers = settings;
        boolean admitted = false;
        if (nobodyWaits()) {
            admitted = take(permits, now);
        } else {
            checkPermits(permits);
        }
        return observers == LimiterSettings.DEFAULT ? admitted : observed(admitted, permits);
    }

    private boolean observed(boolean admitted, long permits) {
        if (admitted) {
            settings.admitted(permits, 0);
        } else {
            settings.rejected(permits);
        }
        return admitted;
    }

    @Override
    public final long tryAcquireUpTo(long permits) {
        Checks.positive(permits, "permits");
        long taken = nobodyWaits() ? takeUpTo(permits) : 0;
        observed(taken > 0, taken > 0 ? taken : permits);
        return taken;
    }

    @Override
    public final boolean tryAcquire(long permits, Duration timeout) throws InterruptedException {
        checkPermits(permits);
        long nanos = Math.min(WaitingLine.FOR_EVER - 1, Checks.saturatedNanos(timeout)); // it is a timeout still
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (nobodyWaits() && take(permits)) {
            return observed(true, permits);
        }
        return nanos > 0 ? await(permits, nanos, true) : observed(false, permits);
    }

    @Override
    public final void acquire(long permits) throws InterruptedException {
        checkPermits(permits);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (nobodyWaits() && take(permits)) {
            observed(true, permits);
        } else {
            await(permits, WaitingLine.FOR_EVER, true);
        }
    }

    @Override
    public final void acquireUninterruptibly(long permits) {
        checkPermits(permits);
        if (nobodyWaits() && take(permits)) {
            observed(true, permits);
            return;
        }
        try {
            await(permits, WaitingLine.FOR_EVER, false);
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private boolean await(long permits, long timeoutNanos, boolean interruptible) throws InterruptedException {
        long start = time.nanoTime();
        boolean admitted;
        try {
            admitted = line().await(permits, timeoutNanos, interruptible);
        } catch (RejectedExecutionException refused) {
            settings.rejected(permits);
            throw refused;
        }
        if (!admitted) {
            settings.rejected(permits);
            return false;
        }
        long jitter = jitter(
                timeoutNanos == WaitingLine.FOR_EVER ? WaitingLine.FOR_EVER : timeoutNanos - (time.nanoTime() - start));
        if (jitter > 0) {
            sleep(permits, jitter, interruptible);
        }
        settings.admitted(permits, time.nanoTime() - start);
        return true;
    }

    private long jitter(long most) {
        long bound = Math.min(settings.jitterNanos, most);
        return bound <= 0 ? 0 : ThreadLocalRandom.current().nextLong(bound + 1);
    }

    /** The jitter after the permits were taken, which an interrupt gives back, as a failure does. */
    private void sleep(long permits, long nanos, boolean interruptible) throws InterruptedException {
        boolean interrupted = false;
        long start = time.nanoTime();
        for (long left = nanos; left > 0; left = nanos - (time.nanoTime() - start)) {
            try {
                time.sleepNanos(left);
            } catch (InterruptedException interrupt) {
                if (interruptible) {
                    refund(permits);
                    throw interrupt;
                }
                interrupted = true;
            } catch (RuntimeException | Error failure) { // of the clock
                refund(permits);
                throw failure;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A request that no thread waits for. */
    private final class Promised extends WaitingLine.Ticket {
        final CompletableFuture<@Nullable Void> future = new CompletableFuture<>();

        Promised(long permits) {
            super(permits, time.nanoTime(), null);
        }

        @Override
        void ended() {
            if (state() == WaitingLine.State.REFUSED) {
                future.completeExceptionally(line().tooLarge(permits));
                settings.rejected(permits);
                return;
            }
            long jitter = jitter(WaitingLine.FOR_EVER);
            if (jitter > 0) {
                time.schedule(this::deliver, Duration.ofNanos(jitter));
            } else {
                deliver();
            }
        }

        private void deliver() {
            settings.admitted(permits, time.nanoTime() - sinceNanos);
            if (!future.complete(null)) {
                refund(permits); // cancelled after the grant, and nobody else gives them back
            }
        }
    }

    @Override
    public final CompletableFuture<@Nullable Void> acquireAsync(long permits) {
        checkPermits(permits);
        if (nobodyWaits() && take(permits)) {
            observed(true, permits);
            return CompletableFuture.completedFuture(null);
        }
        Promised ticket = new Promised(permits);
        try {
            line().join(ticket, WaitingLine.FOR_EVER);
        } catch (RejectedExecutionException full) {
            settings.rejected(permits);
            return CompletableFuture.failedFuture(full);
        }
        var unused = ticket.future.whenComplete((nothing, failure) -> line().leave(ticket));
        return ticket.future;
    }

    @Override
    public final Reservation reserve(long permits) {
        checkPermits(permits);
        if (nobodyWaits() && take(permits)) {
            observed(true, permits);
            return new Reservation(this, permits, null, CompletableFuture.completedFuture(null));
        }
        Promised ticket = new Promised(permits);
        try {
            line().join(ticket, WaitingLine.FOR_EVER);
        } catch (RejectedExecutionException refused) {
            settings.rejected(permits);
            throw refused;
        }
        return new Reservation(this, permits, ticket, ticket.future);
    }

    @Override
    public final Decision check(long permits) {
        boolean admitted = tryAcquire(permits);
        // Something may have come between a rejection and this; but who was rejected is not told to come at once.
        return decision(admitted, admitted ? 0 : Math.max(1, nanosUntilTurn(permits)));
    }

    @Override
    public final Decision peek(long permits) {
        checkPermits(permits);
        long nanos = nanosUntilTurn(permits);
        return decision(nanos == 0, nanos);
    }

    private Decision decision(boolean admitted, long retryNanos) {
        long remaining = nobodyWaits() ? available() : 0;
        long reset = nanosUntilTurn(rate().burst());
        return new Decision(admitted, remaining, Duration.ofNanos(retryNanos), Duration.ofNanos(reset));
    }

    /** How long until so many are there after all in line have been served. */
    private long nanosUntilTurn(long permits) {
        WaitingLine present = line;
        return present == null ? nanosUntil(permits) : present.nanosUntil(permits);
    }

    @Override
    public final void refund(long permits) {
        Checks.positive(permits, "permits");
        giveBack(permits);
        WaitingLine present = line;
        if (present != null && !present.isEmpty()) {
            present.change(() -> {}); // the head may be due now
        }
    }

    @Override
    public final long drain() {
        return nobodyWaits() ? takeUpTo(Long.MAX_VALUE) : 0;
    }

    @Override
    public final RateLimiterMetrics metrics() {
        long admitted = LimiterSettings.sum(settings.admitted);
        long rejected = LimiterSettings.sum(settings.rejected);
        WaitingLine present = line;
        return present == null
                ? new RateLimiterMetrics(admitted, rejected, 0, Duration.ZERO, 0, 0)
                : present.metrics(admitted, rejected);
    }

    /**
     * What the limiter admits and how many wait for it.
     *
     * @return for instance {@code TokenBucket[Rate[permits=5, period=PT1S, burst=5], 0 waiters]}
     */
    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + rate() + ", " + metrics().waiters() + " waiters]";
    }
}

package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.time.TimeSource;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A limiter whose permits are a {@link BucketState}, which another one succeeds when the rate is replaced. All ways to
 * ask for permits try that state first, and the ones that wait then enter the {@link WaitingLine}. The fast path is
 * open only while nobody waits.
 */
abstract sealed class BucketLimiter extends PermitSource implements RateLimiter permits TokenBucket, IntervalBucket {
    private static final VarHandle LINE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "line", VarHandle.class, BucketLimiter.class, WaitingLine.class);

    final TimeSource time;
    private final LimiterSettings settings;
    private final int firstPause;

    /** Replaced under the lock of the line. */
    private volatile BucketState state;

    /** Made when somebody has to wait for the first time: most limiters of a service only ever say yes or no. */
    private volatile @Nullable WaitingLine line;

    @SuppressWarnings("NullAway.Init") // begin comes next, in the subclass's constructor
    BucketLimiter(LimiterSettings settings) {
        this.settings = settings;
        this.time = settings.time;
        this.firstPause = BucketState.firstPause(time);
    }

    final void begin(BucketState first) {
        state = first;
    }

    // ---- what buckets differ in

    /** A reading of the clock as it counts for the growth of permits. */
    abstract long dated(RateMath math, long now);

    /** The arithmetic of a rate that takes effect now. */
    abstract RateMath mathOf(Rate rate);

    /** How long until that number of permits is in a bucket of that level. */
    abstract long nanosUntil(RateMath math, long level, long permits);

    // ---- the permits

    private long clock(RateMath math) {
        return dated(math, time.nanoTime());
    }

    /** If the rate is replaced after the clock was read, the reading counts as one of the moment of that. */
    @Override
    final boolean take(long permits, long now) {
        while (true) {
            BucketState present = state;
            BucketState.Answer answer = present.take(permits, dated(present.math, now), firstPause);
            if (answer != BucketState.Answer.FROZEN) {
                return answer == BucketState.Answer.TAKEN;
            }
            awaitSuccessor(present);
        }
    }

    private long takeUpTo(long most) {
        while (true) {
            BucketState present = state;
            long taken = present.takeUpTo(most, clock(present.math));
            if (taken >= 0) {
                return taken;
            }
            awaitSuccessor(present);
        }
    }

    @Override
    final void giveBack(long permits) {
        for (BucketState present = state; !present.refund(permits, clock(present.math)); present = state) {
            awaitSuccessor(present);
        }
    }

    @Override
    final long nanosUntil(long permits) {
        while (true) {
            BucketState present = state;
            long level = present.level();
            if (level != RateMath.NONE) {
                return nanosUntil(present.math, level, permits);
            }
            awaitSuccessor(present);
        }
    }

    private long available() {
        while (true) {
            BucketState present = state;
            long level = present.level();
            if (level != RateMath.NONE) {
                return present.math.available(level, clock(present.math));
            }
            awaitSuccessor(present);
        }
    }

    /** The successor of a frozen state is a few instructions away, unless its maker was stopped just there. */
    private void awaitSuccessor(BucketState frozen) {
        while (state == frozen) {
            Thread.yield();
        }
    }

    @Override
    final long largest() {
        return state.math.largest;
    }

    @Override
    public final Rate rate() {
        return state.math.rate;
    }

    @Override
    public final void replaceRate(Rate rate) {
        Objects.requireNonNull(rate, "rate");
        line().replaceRate(() -> {
            BucketState last = state;
            if (!last.math.rate.equals(rate)) {
                state = last.replace(mathOf(rate), () -> clock(last.math), this::clock);
            }
        });
    }

    // ---- the line

    private boolean nobodyWaits() {
        WaitingLine present = line;
        return present == null || present.isEmpty();
    }

    private WaitingLine line() {
        WaitingLine present = line;
        if (present == null) {
            LINE.compareAndSet(this, null, new WaitingLine(this, settings));
            present = line;
        }
        return present == null ? line() : present; // never null again
    }

    /** How long until that number of permits is there after all in line have been served. */
    private long nanosUntilTurn(long permits) {
        WaitingLine present = line;
        return present == null || present.isEmpty() ? nanosUntil(permits) : present.nanosUntil(permits);
    }

    // ---- the ways to ask

    @Override
    public final boolean tryAcquire(long permits) {
        // The clock comes first: reading it waits for the loads before it. The loads that need not come after the
        // compare-and-set come before it, as they would wait for that.
        long now = time.nanoTime();
        LimiterSettings observers = settings;
        boolean admitted = nobodyWaits() ? take(permits, now) : isNothing(permits);
        return observers == LimiterSettings.DEFAULT ? admitted : observed(admitted, permits);
    }

    /** For a request that would overtake others: whether it needs nothing. */
    private boolean isNothing(long permits) {
        state.math.check(permits);
        return permits == 0;
    }

    /** Takes the permits if they are there and nobody waits for them. */
    private boolean takeAtOnce(long permits) {
        boolean admitted = nobodyWaits() ? take(permits, time.nanoTime()) : isNothing(permits);
        if (admitted) {
            settings.admitted(permits, 0);
        }
        return admitted;
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
        Checks.notNegative(permits, "permits");
        long taken = nobodyWaits() ? takeUpTo(permits) : 0;
        observed(taken > 0 || permits == 0, taken > 0 ? taken : permits);
        return taken;
    }

    @Override
    public final boolean tryAcquire(long permits, Duration timeout) throws InterruptedException {
        long nanos = LimiterSettings.timeoutNanos(timeout);
        Interrupts.throwIfInterrupted();
        if (takeAtOnce(permits)) {
            return true;
        }
        return nanos > 0 ? line().await(permits, nanos, true) : observed(false, permits);
    }

    @Override
    public final void acquire(long permits) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        if (!takeAtOnce(permits)) {
            line().await(permits, WaitingLine.FOR_EVER, true);
        }
    }

    @Override
    public final void acquireUninterruptibly(long permits) {
        if (!takeAtOnce(permits)) {
            line().awaitUninterruptibly(permits);
        }
    }

    @Override
    public final CompletableFuture<@Nullable Void> acquireAsync(long permits) {
        return takeAtOnce(permits) ? CompletableFuture.completedFuture(null) : line().acquireAsync(permits);
    }

    @Override
    public final Reservation reserve(long permits) {
        return takeAtOnce(permits) ? new Reservation(this, permits, null) : line().reserve(this, permits);
    }

    @Override
    public final Decision check(long permits) {
        boolean admitted = tryAcquire(permits);
        // Something may have come between a rejection and this; but a rejected client is not asked to come at once.
        return decision(admitted, admitted ? 0 : Math.max(1, nanosUntilTurn(permits)));
    }

    @Override
    public final Decision peek(long permits) {
        state.math.check(permits);
        long nanos = permits == 0 ? 0 : nanosUntilTurn(permits);
        return decision(nanos == 0, nanos);
    }

    private Decision decision(boolean admitted, long retryNanos) {
        long remaining = nobodyWaits() ? available() : 0;
        return Decision.of(admitted, remaining, retryNanos, nanosUntilTurn(largest()));
    }

    @Override
    public final void refund(long permits) {
        Checks.notNegative(permits, "permits");
        giveBack(permits);
        WaitingLine present = line;
        if (present != null) {
            present.grantDue();
        }
    }

    @Override
    public final long drain() {
        return nobodyWaits() ? takeUpTo(Long.MAX_VALUE) : 0;
    }

    @Override
    public final RateLimiterMetrics metrics() {
        WaitingLine present = line;
        return present == null ? settings.metrics() : present.metrics();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code TokenBucket[Rate[permits=5, period=PT1S, burst=5], 0 waiters]}
     */
    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[" + rate() + ", " + metrics().waiters() + " waiters]";
    }
}

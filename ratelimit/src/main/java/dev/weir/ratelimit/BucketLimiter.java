package dev.weir.ratelimit;

import dev.weir.core.internal.metrics.Tally;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A limiter whose permits are a {@link BucketState}, which another one succeeds when the rate is replaced. */
abstract sealed class BucketLimiter extends LineLimiter permits TokenBucket, StripedTokenBucket, IntervalBucket {
    private static final VarHandle LINE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "line", VarHandle.class, BucketLimiter.class, WaitingLine.class);

    private final int firstPause;

    /** Replaced under the lock of the line. */
    private volatile BucketState state;

    /** Made when somebody has to wait for the first time: most limiters of a service only ever say yes or no. */
    private volatile @Nullable WaitingLine line;

    /** Made under the lock of the line, with the first estimate. */
    private volatile @Nullable BucketEstimates estimates;

    @SuppressWarnings("NullAway.Init") // begin comes next, in the subclass's constructor
    BucketLimiter(LimiterSettings settings) {
        super(settings);
        this.firstPause = BucketState.firstPause(time);
    }

    final void begin(BucketState first) {
        state = first;
    }

    // ---- what buckets differ in

    /** A reading of the clock as it counts for the growth of permits. */
    long dated(RateMath math, long now) {
        return now;
    }

    /** The arithmetic of a rate that takes effect now. */
    RateMath mathOf(Rate rate) {
        return new RateMath(rate, time.nanoTime(), time.resolution());
    }

    /** Refuses a rate that this limiter cannot have. */
    void checkRate(Rate rate) {
        mathOf(rate);
    }

    /** How long until that number of permits is in a bucket of that level. */
    long nanosUntil(RateMath math, long level, long permits) {
        return math.nanosUntil(level, time.nanoTime(), permits);
    }

    /** Takes all or none for a {@code tryAcquire}, in the thread that has this cell. */
    boolean takeOwn(Tally.@Nullable Cell own, long permits, long now) {
        return take(permits, now);
    }

    // ---- the permits

    final BucketState state() {
        return state;
    }

    final long clock(RateMath math) {
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

    @Override
    final long takeUpTo(long most) {
        while (true) {
            BucketState present = state;
            long taken = present.takeUpTo(most, clock(present.math));
            if (taken >= 0) {
                return taken;
            }
            awaitSuccessor(present);
        }
    }

    /** As {@link BucketState#takeAhead}, but not for a frozen state. */
    final long takeAhead(long permits, long ahead, long now) {
        while (true) {
            BucketState present = state;
            long taken = present.takeAhead(permits, ahead, dated(present.math, now));
            if (taken >= 0) {
                return taken;
            }
            awaitSuccessor(present);
        }
    }

    @Override
    void takeUsed(long permits) {
        for (BucketState present = state; !present.charge(permits, clock(present.math)); present = state) {
            awaitSuccessor(present);
        }
    }

    /** Without estimates the refund takes no lock; it finds a state frozen whose successor came with the first one. */
    @Override
    final void giveBack(long permits) {
        for (BucketEstimates open = estimates; open == null; open = estimates) {
            BucketState present = state;
            if (present.refund(permits, clock(present.math))) {
                return;
            }
            awaitSuccessor(present);
        }
        BucketEstimates open = Objects.requireNonNull(estimates);
        open.giveBack(() -> refundTo(permits));
    }

    private void refundTo(long permits) {
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

    @Override
    final long available() {
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
    final void checkRange(long permits) {
        state.math.check(permits);
    }

    @Override
    public Rate rate() {
        return state.math.rate;
    }

    @Override
    public void replaceRate(Rate rate) {
        Objects.requireNonNull(rate, "rate");
        line().replaceRate(() -> {
            BucketEstimates open = estimates;
            if (open == null) {
                replaceState(rate);
            } else {
                open.replace(() -> replaceState(rate));
            }
        });
    }

    private void replaceState(Rate rate) {
        BucketState last = state;
        if (!last.math.rate.equals(rate)) {
            last.replace(mathOf(rate), () -> clock(last.math), this::clock, successor -> state = successor);
        }
    }

    // ---- the estimates

    @Override
    final OpenEstimates.Entry estimated(long permits, long sinceNanos) {
        BucketEstimates open = estimates;
        return open == null
                ? line().locked(this::madeEstimates).taken(permits, sinceNanos)
                : open.taken(permits, sinceNanos);
    }

    /**
     * The first estimate has the bucket go on in another state: so each refund is either before, and in that state, or
     * finds the old one frozen, and then these. Called under the lock of the line.
     */
    private BucketEstimates madeEstimates() {
        BucketEstimates present = estimates;
        if (present != null) {
            return present;
        }
        BucketState last = state;
        last.replace(last.math, () -> clock(last.math), this::clock, successor -> {
            estimates = new BucketEstimates(this, successor);
            state = successor;
        });
        return Objects.requireNonNull(estimates);
    }

    @Override
    final void settled(OpenEstimates.Entry entry, long permits) {
        BucketEstimates open = estimates;
        if (open != null) { // as there is an entry
            open.settle(entry, permits);
        }
    }

    // ---- the line

    @Override
    final @Nullable WaitingLine lineIfMade() {
        return line;
    }

    @Override
    final WaitingLine line() {
        WaitingLine present = line;
        if (present == null) {
            LINE.compareAndSet(this, null, new WaitingLine(this, settings, new LineCounts()));
            present = line;
        }
        return present == null ? line() : present; // never null again
    }

    // ---- the quickest way to ask

    @Override
    public final boolean tryAcquire(long permits) {
        // The clock comes first: reading it waits for the loads before it. The loads that need not come after the
        // compare-and-set come before it, as they would wait for that.
        long now = time.nanoTime();
        Tally counted = decisions;
        Tally.Cell own = counted.ownCell();
        boolean isSilent = listener == null;
        boolean admitted = isOpen() ? takeOwn(own, permits, now) : isNothing(permits);
        counted.add(own, admitted, permits);
        return isSilent ? admitted : notified(admitted, permits);
    }
}

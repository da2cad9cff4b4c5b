package dev.weir.ratelimit;

import java.util.Objects;

/** A limiter whose permits are a {@link BucketState}, which another one succeeds when the rate is replaced. */
abstract class BucketLimiter extends QueueingLimiter {
    private final int firstPause;
    private volatile BucketState balance;

    @SuppressWarnings("NullAway.Init") // begin comes next, in the subclass's constructor
    BucketLimiter(LimiterSettings settings) {
        super(settings);
        firstPause = BucketState.firstPause(time);
    }

    final void begin(BucketState first) {
        balance = first;
    }

    final BucketState balance() {
        return balance;
    }

    /** A reading of the clock as it counts for the growth of permits. */
    abstract long dated(RateMath math, long now);

    private long clock(RateMath math) {
        return dated(math, time.nanoTime());
    }

    /** From when on a rate that takes effect now counts. */
    abstract long epoch(Rate rate);

    /** If the rate is replaced after the clock was read, the reading counts as one of the moment of that. */
    @Override
    final boolean take(long permits, long now) {
        while (true) {
            BucketState present = balance;
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
            BucketState present = balance;
            long taken = present.takeUpTo(most, clock(present.math));
            if (taken >= 0) {
                return taken;
            }
            awaitSuccessor(present);
        }
    }

    @Override
    final void giveBack(long permits) {
        for (BucketState present = balance; !present.refund(permits, clock(present.math)); present = balance) {
            awaitSuccessor(present);
        }
    }

    @Override
    final long nanosUntil(long permits) {
        while (true) {
            BucketState present = balance;
            long level = present.level();
            if (level != RateMath.NONE) {
                return nanosUntil(present.math, level, permits);
            }
            awaitSuccessor(present);
        }
    }

    /** How long until so many are there in a bucket of that level. */
    long nanosUntil(RateMath math, long level, long permits) {
        return math.nanosUntil(level, clock(math), permits);
    }

    @Override
    final long available() {
        while (true) {
            BucketState present = balance;
            long level = present.level();
            if (level != RateMath.NONE) {
                return present.math.available(level, clock(present.math));
            }
            awaitSuccessor(present);
        }
    }

    /** The successor of a frozen balance is a few instructions away, unless its maker was stopped just there. */
    private void awaitSuccessor(BucketState frozen) {
        while (balance == frozen) {
            Thread.yield();
        }
    }

    @Override
    final void checkPermits(long permits) {
        balance.math.check(permits);
    }

    @Override
    public final Rate rate() {
        return balance.math.rate;
    }

    @Override
    public final void replaceRate(Rate rate) {
        Objects.requireNonNull(rate, "rate");
        // One at a time, under the lock of those who wait.
        line().change(() -> {
            BucketState last = balance;
            balance = last.replace(new RateMath(rate, epoch(rate)), () -> clock(last.math), this::clock);
        });
    }
}

package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * The permits of a bucket under one rate: one word, and the only places that change it.
 *
 * <pre>
 *   a level --admit, charge, refund: compare-and-set--&gt; another level
 *   a level --freeze: when another rate takes over, or a key is evicted--&gt; FROZEN, for good
 * </pre>
 *
 * A call that finds it frozen looks for the state that has come in its place. That the word comes back to an earlier
 * level does no harm: the level and the clock are all there is to know.
 */
class BucketState {
    enum Answer {
        TAKEN,
        INSUFFICIENT,
        FROZEN
    }

    private static final long FROZEN = RateMath.NONE;
    private static final int MAX_PAUSE = 64;
    private static final int PART_AHEAD = 8;
    private static final Duration FINE = Duration.ofNanos(1_000);
    private static final VarHandle LEVEL = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "level", VarHandle.class, BucketState.class, long.class);

    final RateMath math;

    @SuppressWarnings("unused") // through LEVEL
    private volatile long level;

    BucketState(RateMath math, long level) {
        this.math = math;
        this.level = level;
    }

    /** The state of a bucket with that number of permits. */
    static BucketState of(RateMath math, long permits, long now) {
        return new BucketState(math, math.levelOf(math.burst - Math.min(math.burst, math.units(permits)), now));
    }

    /**
     * How long to stay away after losing a compare-and-set for the first time. With a clock that costs next to nothing,
     * attempts follow each other so closely that it pays to let the winner have the word for a while.
     */
    static int firstPause(TimeSource time) {
        return time.resolution().compareTo(FINE) > 0 ? MAX_PAUSE : 1;
    }

    /** Takes all or none, and refuses requests that can never be granted. Writes nothing if it takes none. */
    final Answer take(long permits, long now, int firstPause) {
        math.check(permits); // the one check of each attempt
        long wanted = permits << math.shift;
        for (int pause = firstPause; ; pause = pause(pause)) {
            long before = level;
            if (before == FROZEN) {
                return Answer.FROZEN;
            }
            long after = math.admit(before, now, wanted);
            if (after == RateMath.NONE) {
                return permits == 0 ? Answer.TAKEN : Answer.INSUFFICIENT;
            }
            // Full volatile semantics are more than the one word needs, and free on the machines that we measure.
            if (LEVEL.compareAndSet(this, before, after)) {
                return Answer.TAKEN;
            }
        }
    }

    /** Takes what is there, up to a number. Returns how many were taken, or -1 if frozen. */
    final long takeUpTo(long most, long now) {
        for (int pause = 1; ; pause = pause(pause)) {
            long before = level;
            if (before == FROZEN) {
                return -1;
            }
            long taken = Math.min(most, math.available(before, now));
            if (taken == 0) {
                return 0;
            }
            if (LEVEL.compareAndSet(this, before, math.admit(before, now, math.units(taken)))) {
                return taken;
            }
        }
    }

    /**
     * Takes permits, and more in advance, up to a number and up to a part of those that are left for others. Returns
     * how many were taken, 0 if there are too few, or -1 if frozen.
     */
    final long takeAhead(long permits, long ahead, long now) {
        for (int pause = 1; ; pause = pause(pause)) {
            long before = level;
            if (before == FROZEN) {
                return -1;
            }
            long left = math.available(before, now) - permits;
            if (left < 0) {
                return 0;
            }
            long taken = permits + Math.min(ahead, left / PART_AHEAD);
            if (LEVEL.compareAndSet(this, before, math.admit(before, now, math.units(taken)))) {
                return taken;
            }
        }
    }

    /** Takes permits that were used, into debt if they are not there. False if frozen. */
    final boolean charge(long permits, long now) {
        return change(math.units(permits), now, false);
    }

    /** Gives permits back, up to a full bucket. False if frozen. */
    final boolean refund(long permits, long now) {
        return refundUnits(math.units(permits), now);
    }

    final boolean refundUnits(long units, long now) {
        return change(units, now, true);
    }

    private boolean change(long units, long now, boolean refunded) {
        for (int pause = 1; ; pause = pause(pause)) {
            long before = level;
            if (before == FROZEN) {
                return false;
            }
            long after = refunded ? math.refund(before, now, units) : math.charge(before, now, units);
            if (after == RateMath.NONE || LEVEL.compareAndSet(this, before, after)) {
                return true;
            }
        }
    }

    /** Freezes it if it is full: nobody will miss it then. */
    final boolean freezeIfFull(long now) {
        long before = level;
        return before != FROZEN && math.missing(before, now) == 0 && LEVEL.compareAndSet(this, before, FROZEN);
    }

    /** The level, or {@link RateMath#NONE} if frozen. */
    final long level() {
        return level;
    }

    /** Makes it full again, after nothing could come in the place of one that was frozen when it was full. */
    final void thawFull(long now) {
        level = math.levelOf(0, now);
    }

    /**
     * Puts a state under another rate in the place of this one, of the same permits, or debt, as far as they fit.
     * Afterwards this one is frozen, unless something throws: then it stays as it is.
     */
    final void replace(
            RateMath next, LongSupplier clock, ToLongFunction<RateMath> nextClock, Consumer<BucketState> place) {
        long last = (long) LEVEL.getAndSet(this, FROZEN);
        try {
            place.accept(successor(last, next, clock, nextClock));
        } catch (RuntimeException | Error failure) { // of the clock or a key: nothing comes in its place
            level = last;
            throw failure;
        }
    }

    private BucketState successor(long last, RateMath next, LongSupplier clock, ToLongFunction<RateMath> nextClock) {
        BigInteger permits = BigInteger.valueOf(math.burst - math.missing(last, clock.getAsLong())); // or a debt
        long units = permits.shiftLeft(next.shift)
                .shiftRight(math.shift)
                .min(BigInteger.valueOf(next.burst))
                .max(BigInteger.valueOf(-RateMath.MOST_DEBT))
                .longValueExact();
        return new BucketState(next, next.levelOf(next.burst - units, nextClock.applyAsLong(next)));
    }

    /** The loser of a compare-and-set stays away for a moment that grows, so that the winners get on. */
    private static int pause(int spins) {
        for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
        }
        return Math.min(spins * 2, MAX_PAUSE);
    }
}

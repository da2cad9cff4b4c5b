package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.metrics.Tally;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link TokenBucket} for threads on many cores that ask without a pause: each takes some permits in advance, and
 * serves itself from them without touching what others touch.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="striped"}
 *
 * <p><b>When.</b> A bucket is one word, which goes from core to core with each permit that is taken. That bounds what
 * all threads together can take to some ten million permits a second, however many cores there are. Far below that a
 * {@code TokenBucket} is the better choice: it is as quick, and refuses nobody while permits are there.
 *
 * <p><b>The limit holds all the same.</b> A permit that was taken in advance is void when its time is over, the
 * <i>ttl</i>, and the burst of the shared bucket is smaller by what grows in that time. So what is admitted in a window
 * of length t was taken from the bucket in one of length t + ttl, and is at most {@code burst + rate × t}. A request
 * for more than the smaller burst is refused by {@link IllegalArgumentException}.
 *
 * <p><b>What it costs.</b> A request can be refused while other threads hold permits that they do not use in the end;
 * those are lost, and the rate that is admitted is lower by them. A thread takes at most an eighth of what is there in
 * advance, so next to nothing when permits are scarce; at most 256 times what its request is for; at most twice as much
 * as the last time, if it has used that up in its time, and half of what it has used if not: one that asks once in a
 * ttl takes nothing in advance.
 *
 * <p><b>Which threads and requests.</b> {@code tryAcquire} without a timeout, and {@code check}, take in advance; all
 * other requests are served from the bucket, and {@link #peek}, {@link Decision#remaining} and
 * {@link RateLimiterMetrics#available} know of the bucket alone. While somebody waits nobody takes what was taken in
 * advance. Platform threads have places by their numbers, four for each core and 256 at most, and each has a stripe of
 * its own there. Virtual threads, and those whose place another one has, share stripes by their number, and go to the
 * bucket when another thread is at theirs.
 *
 * <p><b>What makes it void.</b> {@link #drain}, another rate, and a {@link #charge} that leads into debt. What is given
 * back goes to the bucket: since permits may have been taken a ttl before they were used, a {@link #refund} counts for
 * the windows that begin up to a ttl after it as well, and a {@link Settlement#of} gives back less by what grows within
 * the ttl at the present rate. {@link #acquireEstimate} is exact.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> As of every {@link RateLimiter}:
 * {@code acquire} in its forms and {@code tryAcquire} with a timeout wait. <b>Interruption.</b> Ends the wait; nothing
 * was taken then. <b>Fairness.</b> Requests that wait are served in the order in which they came, and nobody overtakes
 * them. <b>Memory effects.</b> None between the threads that ask.
 *
 * <p>Leases with a time limit are those of {@link dev.weir.ratelimit.remote.Lease}, with threads in place of processes.
 */
public final class StripedTokenBucket extends BucketLimiter {
    private static final VarHandle EPOCH = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "epoch", VarHandle.class, StripedTokenBucket.class, long.class);
    private static final VarHandle SHARED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "shared", VarHandle.class, StripedTokenBucket.class, SharedStripe[].class);

    /** A power of two. */
    private static final int SHARED_STRIPES =
            2 * Integer.highestOneBit(Runtime.getRuntime().availableProcessors());

    private static final Duration LONGEST_TTL = Duration.ofDays(1);

    private final Duration ttl;

    /** The ttl, less what a reading of the clock may be behind. */
    private final long usableNanos;

    /** Grows when what was taken in advance is made void. */
    @SuppressWarnings("unused") // through EPOCH
    private volatile long epoch;

    /** The stripes of threads that have none of their own, made for the first of them. */
    private volatile SharedStripe @Nullable [] shared;

    /** A stripe that belongs to the thread that has set its flag. */
    private static final class SharedStripe extends Stripe {
        private static final VarHandle BUSY = ConstantBootstraps.fieldVarHandle(
                MethodHandles.lookup(), "busy", VarHandle.class, SharedStripe.class, boolean.class);

        @SuppressWarnings("unused") // through BUSY
        private volatile boolean busy;

        // So that no other flag is in the same cache line.
        @SuppressWarnings("unused")
        private long p0, p1, p2, p3, p4, p5, p6, p7;

        boolean enter() {
            return BUSY.compareAndSet(this, false, true);
        }

        void leave() {
            BUSY.setRelease(this, false);
        }
    }

    private StripedTokenBucket(Builder builder) {
        super(builder.settings("limiter", new Tally(Stripe::new)));
        this.ttl = builder.ttl;
        this.usableNanos = ttl.toNanos() - Checks.lagNanos(time.resolution());
        if (usableNanos <= 0) {
            throw new IllegalArgumentException("ttl must be more than the resolution of the clock, which is "
                    + time.resolution() + ", but is " + ttl);
        }
        begin(BucketState.of(mathOf(inBucket(builder.rate, ttl)), builder.initialPermits(), time.nanoTime()));
    }

    /**
     * Starts to build a bucket.
     *
     * @param rate how often it admits
     * @param ttl how long a permit that was taken in advance may be used, positive and at most a day: a millisecond is
     *     enough to share the cost among thousands of requests, and what grows in that time is taken from the burst
     * @return a builder that makes a full bucket on the system's clock, unless configured otherwise
     * @throws IllegalArgumentException if {@code ttl} is out of its range, or so long that nothing is left of the burst
     */
    public static Builder builder(Rate rate, Duration ttl) {
        return new Builder(rate, ttl);
    }

    /** The rate of the shared bucket: what grows while a permit is good is not in its burst. */
    private static Rate inBucket(Rate rate, Duration ttl) {
        long grown = Objects.requireNonNull(rate, "rate").permitsIn(ttl);
        if (grown >= rate.burst()) {
            throw new IllegalArgumentException("rate must have a burst of more than the " + grown
                    + " permits that grow within the ttl of " + ttl + ", but is " + rate);
        }
        return rate.withBurst(rate.burst() - grown);
    }

    @Override
    public Rate rate() {
        Rate shared = super.rate();
        return shared.withBurst(shared.burst() + shared.permitsIn(ttl));
    }

    // ---- the stripes

    /**
     * The epoch is read after the clock and before the bucket. So a request that passes by what was made void was there
     * before that; and what is taken from the bucket as it was before is void with the rest.
     */
    @Override
    boolean takeOwn(Tally.@Nullable Cell own, long permits, long now) {
        long present = epoch;
        if (own != null) {
            return take((Stripe) own, permits, now, present);
        }
        SharedStripe its = sharedStripe();
        if (!its.enter()) {
            return take(permits, now);
        }
        try {
            return take(its, permits, now, present);
        } finally {
            its.leave();
        }
    }

    private boolean take(Stripe stripe, long permits, long now, long present) {
        return stripe.take(permits, now, present) || fetch(stripe, permits, now, present);
    }

    private boolean fetch(Stripe stripe, long permits, long now, long present) {
        if (isNothing(permits)) {
            return true;
        }
        long missing = permits - stripe.left(now, present);
        long wanted = stripe.wanted(permits, now, present);
        long taken = takeAhead(missing, wanted, now);
        if (taken == 0) {
            return false; // what is left stays
        }
        stripe.fetched(taken, wanted, taken - missing, now + usableNanos, present);
        return true;
    }

    private SharedStripe sharedStripe() {
        SharedStripe[] stripes = shared;
        if (stripes == null) {
            SharedStripe[] made = new SharedStripe[SHARED_STRIPES];
            for (int i = 0; i < made.length; i++) {
                made[i] = new SharedStripe();
            }
            stripes = SHARED.compareAndSet(this, null, made) ? made : shared;
        }
        return stripes == null
                ? sharedStripe() // never null again
                : stripes[(int) Thread.currentThread().threadId() & (stripes.length - 1)];
    }

    @Override
    boolean tryAcquireShared(long permits) {
        return observed(isOpen() ? take(permits, time.nanoTime()) : isNothing(permits), permits);
    }

    /** What was taken in advance may have grown again before it was used, and would be there twice. */
    @Override
    long settleable(long permits) {
        return Math.max(0, permits - state().math.rate.permitsIn(ttl));
    }

    // ---- what makes them void

    private void makeVoid() {
        EPOCH.getAndAdd(this, 1L);
    }

    /** Takes also what was taken in advance, without counting it. */
    @Override
    long takeAll() {
        try {
            return super.takeAll();
        } finally {
            makeVoid();
        }
    }

    /** A debt is waited off by all. */
    @Override
    void takeUsed(long permits) {
        boolean indebted = true; // unless it is known that there is none
        try {
            super.takeUsed(permits);
            indebted = nanosUntil(0) > 0;
        } finally {
            if (indebted) {
                makeVoid();
            }
        }
    }

    @Override
    public void replaceRate(Rate rate) {
        Rate next = inBucket(rate, ttl);
        BucketState last = state();
        try {
            super.replaceRate(next);
        } finally {
            if (state() != last) {
                makeVoid(); // afterwards, as until then permits are taken from the bucket of the last rate
            }
        }
    }

    @Override
    void checkRate(Rate rate) {
        super.checkRate(inBucket(rate, ttl));
    }

    /**
     * Builds a {@link StripedTokenBucket}.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder extends BucketBuilder<Builder> {
        private final Duration ttl;

        private Builder(Rate rate, Duration ttl) {
            super(rate);
            if (Checks.positive(ttl, "ttl").compareTo(LONGEST_TTL) > 0) {
                throw new IllegalArgumentException("ttl must be at most a day, but is " + ttl);
            }
            this.ttl = ttl;
            inBucket(rate, ttl);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the bucket.
         *
         * @return a new bucket
         * @throws IllegalArgumentException if the ttl is not more than the resolution of the clock, or if the burst,
         *     less what grows within the ttl, is less than what grows within that resolution
         */
        public StripedTokenBucket build() {
            return new StripedTokenBucket(this);
        }
    }
}

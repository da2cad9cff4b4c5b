package dev.weir.ratelimit;

import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A key's limiter, which is no more than a view: the bucket, and the line while somebody waits, are the key's entry in
 * the tables. The line is made for the first that has to wait, and dropped when the last has left it:
 *
 * <pre>
 *   no line --line(), under the table's lock--&gt; pinned --join--&gt; n waiters
 *   n waiters --the last leaves, no pin, no pause--&gt; retired
 *   retired --under the table's lock--&gt; no line; a request before that makes another line in its place
 * </pre>
 *
 * An entry with a line is not evicted, so its state is that of those who wait. No code of the user runs under the lock
 * of the line but the {@code equals} of the key.
 */
final class KeyLimiter<K> extends LineLimiter {
    private final KeyedBuckets<K> buckets;
    private final K key;
    private final int hash;

    KeyLimiter(KeyedBuckets<K> buckets, K key) {
        super(buckets.settingsFor(key));
        this.buckets = buckets;
        this.key = key;
        this.hash = KeyedBuckets.hash(key);
    }

    /** Whether another one is a view of the same key's bucket. */
    boolean isOfSameKey(KeyLimiter<?> other) {
        return buckets.equals(other.buckets) && key.equals(other.key);
    }

    // ---- the line

    @Override
    @Nullable
    WaitingLine lineIfMade() {
        KeyedTable.Entry<K> entry = buckets.findUnderPresentRate(key, hash);
        return entry == null ? null : entry.line();
    }

    @Override
    WaitingLine line() {
        WaitingLine line = buckets.pinnedLine(key, hash, this);
        if (line == null) {
            throw new RejectedExecutionException("there are as many keys as there may be, and so none waits");
        }
        return line;
    }

    @Override
    boolean keepsLine() {
        return false;
    }

    @Override
    void retired(WaitingLine line) {
        buckets.dropLine(key, hash, line);
    }

    @Override
    LineCounts counts() {
        return buckets.counts;
    }

    // ---- the permits

    @Override
    boolean take(long permits, long now) {
        return buckets.take(key, hash, permits, false);
    }

    @Override
    boolean grant(long permits, long now) {
        return buckets.take(key, hash, permits, true);
    }

    @Override
    long takeUpTo(long most) {
        long taken;
        do {
            BucketState state = buckets.state(key, hash);
            taken = state == null ? 0 : state.takeUpTo(most, time.nanoTime());
        } while (taken < 0);
        return taken;
    }

    @Override
    void takeUsed(long permits) {
        BucketState state;
        do {
            state = buckets.state(key, hash);
        } while (state != null && !state.charge(permits, time.nanoTime()));
    }

    @Override
    void giveBack(long permits) {
        buckets.giveBack(key, hash, permits);
    }

    /** What of an estimate has grown since does not come back: keys remember no estimates. */
    @Override
    OpenEstimates.Entry estimated(long permits, long sinceNanos) {
        return OpenEstimates.alone(permits, sinceNanos);
    }

    @Override
    void settled(OpenEstimates.Entry entry, long permits) {
        BucketState state;
        do {
            state = buckets.find(key, hash);
        } while (state != null && !refundedTo(state, entry, permits));
    }

    private boolean refundedTo(BucketState state, OpenEstimates.Entry entry, long permits) {
        RateMath math = state.math;
        long now = time.nanoTime();
        long left = math.units(entry.permits()) - math.grownBetween(entry.sinceNanos(), now);
        return state.refundUnits(Math.max(0, Math.min(left, math.units(permits))), now);
    }

    @Override
    long nanosUntil(long permits) {
        BucketState state = buckets.find(key, hash);
        long level = state == null ? RateMath.NONE : state.level();
        if (state == null || level == RateMath.NONE) {
            return buckets.hasRoom() ? 0 : buckets.nanosWithoutRoom(key, permits);
        }
        return state.math.nanosUntil(level, time.nanoTime(), permits);
    }

    @Override
    long available() {
        BucketState state = buckets.find(key, hash);
        long level = state == null ? RateMath.NONE : state.level();
        if (state == null || level == RateMath.NONE) {
            return buckets.hasRoom() ? largest() : 0;
        }
        return state.math.available(level, time.nanoTime());
    }

    @Override
    long largest() {
        BucketState state = buckets.find(key, hash);
        return state == null ? buckets.mathFor(key).largest : state.math.largest;
    }

    @Override
    void checkRange(long permits) {
        BucketState state = buckets.find(key, hash);
        RateMath math = state == null ? buckets.mathFor(key) : state.math;
        math.check(permits);
    }

    // ---- the rest

    @Override
    public boolean tryAcquire(long permits) {
        return observed(isOpen() ? take(permits, 0) : isNothing(permits), permits);
    }

    @Override
    public Rate rate() {
        return buckets.mathFor(key).rate;
    }

    @Override
    public void replaceRate(Rate rate) {
        buckets.ownRate(key, Objects.requireNonNull(rate, "rate"));
        WaitingLine present = lineIfMade(); // under the new rate from now on
        if (present != null) {
            present.replaceRate(() -> {});
        }
    }
}

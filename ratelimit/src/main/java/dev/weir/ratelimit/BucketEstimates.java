package dev.weir.ratelimit;

import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.PromptLock;
import java.util.function.Supplier;

/**
 * The {@link OpenEstimates} of a bucket, whose permits others take without a lock. What the bucket has lacked at least
 * between two looks is known all the same: those others only make it lack more, and all that gives back or replaces the
 * bucket's state does so under this lock.
 */
final class BucketEstimates {
    private final BucketLimiter limiter;
    private final PromptLock lock = new PromptLock();

    // Guarded by the lock.
    private final OpenEstimates open = new OpenEstimates();
    private BucketState last;
    private long lastLevel;

    /** Of a bucket that is about to be in that state. */
    BucketEstimates(BucketLimiter limiter, BucketState first) {
        this.limiter = limiter;
        this.last = first;
        this.lastLevel = last.level();
    }

    /** An estimate was taken, at this reading of the clock or later. */
    OpenEstimates.Entry taken(long permits, long sinceNanos) {
        return locked(() -> {
            RateMath math = last.math;
            // The bucket lacked that much then, and what has grown since is not there to come back.
            long grown = math.grownBetween(limiter.dated(math, sinceNanos), limiter.clock(math));
            return open.add(Math.max(0, Math.min(math.units(permits), math.burst) - grown));
        });
    }

    /** Settles an estimate, of which that number of permits is to come back. */
    void settle(OpenEstimates.Entry entry, long permits) {
        locked(() -> {
            long back = Math.min(open.settle(entry), last.math.units(permits));
            return last.refundUnits(back, limiter.clock(last.math));
        });
    }

    /** Gives back in another way. */
    void giveBack(Runnable action) {
        locked(() -> {
            action.run();
            return true;
        });
    }

    /** Replaces the bucket's state. */
    void replace(Runnable action) {
        locked(() -> {
            int shift = last.math.shift;
            action.run();
            open.rescale(shift, limiter.state().math.shift);
            return true;
        });
    }

    private <T> T locked(Supplier<T> action) {
        StackRoom.check();
        lock.lock();
        try {
            look();
            T result = action.get();
            look();
            return result;
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        BucketState present = limiter.state(); // not frozen, as it is replaced under the lock
        long level = present.level();
        long least = present == last && lastLevel - level < 0 ? lastLevel : level;
        open.lacks(present.math.missingAtLeast(least, limiter.clock(present.math)));
        last = present;
        lastLevel = level;
    }
}

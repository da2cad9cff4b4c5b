package dev.weir.ratelimit.remote;

import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import dev.weir.ratelimit.remote.RemoteBuckets.Bucket;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** This process's share of all limits of a limiter during one outage. Once it is closed it admits nothing more. */
final class LocalShare {
    private final List<TokenBucket> buckets;
    private final long largest;
    private final PromptLock lock = new PromptLock();

    // Guarded by the lock: what is admitted before it is closed is settled, and nothing is admitted afterwards.
    private long admitted;
    private boolean closed;

    LocalShare(Limits limits, int nodes, TimeSource time) {
        this.buckets = limits.buckets().stream()
                .map(Bucket::rate)
                .map(rate -> TokenBucket.builder(shareOf(rate, nodes))
                        .initialPermits(0)
                        .timeSource(time)
                        .build())
                .toList();
        this.largest = buckets.stream()
                .mapToLong(bucket -> bucket.rate().burst())
                .min()
                .orElseThrow();
    }

    /** A share of the rate, whose period is as many times as long; of the slowest rate that there is if need be. */
    private static Rate shareOf(Rate rate, int nodes) {
        long longest = 1L << 60;
        long nanos = rate.period().toNanos();
        long period = nanos > longest / nodes ? longest : nanos * nodes;
        return new Rate(rate.permits(), Duration.ofNanos(period), Math.max(1, rate.burst() / nodes));
    }

    /** Takes permits, all or none; null if it is closed. */
    @Nullable
    Answer take(long permits) {
        return whileOpen(() -> {
            Answer before = seen(permits);
            if (!before.retryAfter().isZero()) {
                return before;
            }
            takeOfAll(permits);
            Answer after = seen(0);
            return new Answer(permits, Duration.ZERO, after.remaining(), after.reset());
        });
    }

    /** Takes what is there, up to a number; null if it is closed. */
    @Nullable
    Answer takeUpTo(long most) {
        return whileOpen(() -> {
            long taken = Math.min(most, seen(0).remaining());
            takeOfAll(taken);
            Answer after = seen(1);
            return new Answer(taken, after.retryAfter(), after.remaining(), after.reset());
        });
    }

    /** Reports what there is; null if it is closed. */
    @Nullable
    Answer peek(long permits) {
        return whileOpen(() -> seen(permits));
    }

    private @Nullable Answer whileOpen(Supplier<Answer> action) {
        lock.lock();
        try {
            return closed ? null : action.get();
        } finally {
            lock.unlock();
        }
    }

    /** What is there in all buckets, of which nobody else takes: it only grows until it is taken. */
    private Answer seen(long permits) {
        boolean possible = permits <= largest;
        Duration wait = possible ? Duration.ZERO : Answer.NEVER;
        Duration reset = Duration.ZERO;
        long remaining = Long.MAX_VALUE;
        for (TokenBucket bucket : buckets) {
            Decision decision = bucket.peek(possible ? permits : 0);
            wait = longer(wait, decision.retryAfter());
            reset = longer(reset, decision.reset());
            remaining = Math.min(remaining, decision.remaining());
        }
        return new Answer(0, wait, remaining, reset);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    private void takeOfAll(long permits) {
        buckets.forEach(bucket -> bucket.tryAcquire(permits));
        admitted += permits;
    }

    /** Gives back what has been admitted and not used. */
    void refund(long permits) {
        lock.lock();
        try {
            if (!closed) {
                buckets.forEach(bucket -> bucket.refund(permits));
                admitted = Math.max(0, admitted - permits);
            }
        } finally {
            lock.unlock();
        }
    }

    void charge(long permits) {
        lock.lock();
        try {
            if (!closed) {
                buckets.forEach(bucket -> bucket.charge(permits));
                admitted += Math.min(permits, Long.MAX_VALUE / 2 - admitted);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes it, and returns what it has admitted. */
    long close() {
        lock.lock();
        try {
            closed = true;
            return admitted;
        } finally {
            lock.unlock();
        }
    }
}

package dev.weir.ratelimit.remote;

import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** This process's share of a bucket during one outage. Once it is closed it admits nothing more. */
final class LocalShare {
    private final TokenBucket bucket;
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock: what is admitted before it is closed is settled, and nothing is admitted afterwards.
    private long admitted;
    private boolean closed;

    LocalShare(Rate rate, int nodes, TimeSource time) {
        this.bucket = TokenBucket.builder(shareOf(rate, nodes))
                .initialPermits(0)
                .timeSource(time)
                .build();
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
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            boolean possible = permits <= bucket.rate().burst();
            Decision decision = possible ? bucket.check(permits) : bucket.peek(0);
            boolean taken = possible && decision.admitted();
            admitted += taken ? permits : 0;
            Duration wait = possible ? decision.retryAfter() : Answer.NEVER;
            return new Answer(taken ? permits : 0, wait, decision.remaining(), decision.reset());
        } finally {
            lock.unlock();
        }
    }

    /** Takes what is there, up to a number; null if it is closed. */
    @Nullable
    Answer takeUpTo(long most) {
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            long taken = bucket.tryAcquireUpTo(most);
            admitted += taken;
            Decision decision = bucket.peek(1);
            return new Answer(taken, decision.retryAfter(), decision.remaining(), decision.reset());
        } finally {
            lock.unlock();
        }
    }

    /** Reports what there is; null if it is closed. */
    @Nullable
    Answer peek(long permits) {
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            boolean possible = permits <= bucket.rate().burst();
            Decision decision = bucket.peek(possible ? permits : 0);
            return new Answer(
                    0, possible ? decision.retryAfter() : Answer.NEVER, decision.remaining(), decision.reset());
        } finally {
            lock.unlock();
        }
    }

    /** Gives back what has been admitted and not used. */
    void refund(long permits) {
        lock.lock();
        try {
            if (!closed) {
                bucket.refund(permits);
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
                bucket.charge(permits);
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

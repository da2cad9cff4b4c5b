package dev.weir.examples.adaptive;

import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds the rate that a service bears, from its answers: a little more each second while all goes well, and half as
 * much when it refuses. That is the additive increase and multiplicative decrease of TCP (Chiu and Jain, 1989).
 *
 * <p>Wherever one asks the limiter before a call, one reports to this afterwards how it went; the rate is replaced in
 * the limiter, and nobody who waits for it notices more than that.
 */
public final class AdaptiveRate {
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final RateLimiter limiter;
    private final TimeSource time;
    private final long most;
    private final long step;
    private final ReentrantLock lock = new ReentrantLock();
    private long raiseAtNanos;
    private long lowerAtNanos;

    /**
     * Adapts a limiter.
     *
     * @param limiter the limiter, whose rate is where to begin
     * @param most the most permits a second
     * @param step by how many permits a second the rate rises, each second
     * @param time the limiter's clock
     */
    public AdaptiveRate(RateLimiter limiter, long most, long step, TimeSource time) {
        this.limiter = limiter;
        this.most = most;
        this.step = step;
        this.time = time;
        this.raiseAtNanos = time.nanoTime() + PERIOD.toNanos();
        this.lowerAtNanos = time.nanoTime();
    }

    /** The service answered: once a second the rate rises. */
    public void succeeded() {
        lock.lock();
        try {
            long now = time.nanoTime();
            if (now - raiseAtNanos >= 0) {
                raiseAtNanos = now + PERIOD.toNanos();
                replace(Math.min(most, limiter.rate().permits() + step));
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The service refused, for instance with HTTP 429. Refusals within a second of each other count as one, for they
     * have one cause.
     *
     * @param retryAfter how long the service wants to be left alone; the rate does not rise before that
     */
    public void refused(Duration retryAfter) {
        lock.lock();
        try {
            long now = time.nanoTime();
            if (now - lowerAtNanos >= 0) {
                lowerAtNanos = now + PERIOD.toNanos();
                raiseAtNanos = now + PERIOD.plus(retryAfter).toNanos();
                limiter.drain(); // what has been saved up was saved for another rate
                replace(Math.max(1, limiter.rate().permits() / 2));
            }
        } finally {
            lock.unlock();
        }
    }

    private void replace(long permitsPerSecond) {
        limiter.replaceRate(
                Rate.perSecond(permitsPerSecond).withBurst(limiter.rate().burst()));
    }
}

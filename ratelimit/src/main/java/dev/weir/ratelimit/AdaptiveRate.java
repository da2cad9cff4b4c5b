package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;

/**
 * Finds the rate that a service bears, from its answers: a little more in each interval while all goes well, and half
 * as much when it refuses. That is the additive increase and multiplicative decrease of TCP (Chiu and Jain, 1989).
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="adaptive"}
 *
 * <p>It replaces the rate of a limiter, and nobody who waits for that notices more. The limiter's burst and the period
 * of its rate stay; what it has saved up is dropped when the service refuses.
 *
 * <p><b>No creep.</b> The rate rises only while it is used: if there were at least half as many successes in an
 * interval as the rate allows. So a client that is idle, or limited by something else, does not forget what it has
 * found out.
 *
 * <p><b>One cause counts once.</b> Refusals within an interval of the first one lower the rate once, for they answer
 * calls that were made at the same rate.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Nothing blocks, but for a lock that is held for some
 * arithmetic. <b>Memory effects.</b> What a thread does before it reports an answer happens-before what another does
 * after it has reported a later one.
 */
public final class AdaptiveRate {
    private final RateLimiter limiter;
    private final TimeSource time;
    private final Aimd aimd;
    private final long intervalNanos;
    private final PromptLock lock = new PromptLock();

    // Guarded by the lock.
    private long successes;
    private long intervalStartNanos;
    private long lowerAtNanos;

    private AdaptiveRate(Builder builder) {
        this.limiter = builder.limiter;
        this.time = builder.time;
        this.aimd = new Aimd(builder.least, builder.most, builder.step, builder.factor);
        refuseImpossible(limiter, aimd.most());
        this.intervalNanos = builder.intervalNanos;
        this.intervalStartNanos = time.nanoTime();
        this.lowerAtNanos = intervalStartNanos;
    }

    /**
     * Starts to adapt a limiter.
     *
     * @param limiter the limiter, whose rate is where to begin; nobody else replaces its rate
     * @param least the lowest number of permits per period of the limiter's rate
     * @param most the highest number
     * @return a builder with a step of 1, a factor of 0.5 and an interval of a second, on the system's clock
     */
    public static Builder builder(RateLimiter limiter, long least, long most) {
        return new Builder(limiter, least, most);
    }

    /** What the limiter could not do would fail much later, in a call that succeeded. */
    private static void refuseImpossible(RateLimiter limiter, long most) {
        Rate rate = limiter.rate();
        Rate highest = new Rate(most, rate.period(), rate.burst());
        if (limiter instanceof BucketLimiter bucket) {
            bucket.checkRate(highest);
        }
    }

    /** The service answered. */
    public void succeeded() {
        StackRoom.check();
        lock.lock();
        try {
            successes++;
            long elapsed = time.nanoTime() - intervalStartNanos;
            if (elapsed >= intervalNanos) {
                endInterval(elapsed);
            }
        } finally {
            lock.unlock();
        }
    }

    private void endInterval(long elapsed) {
        Rate rate = limiter.rate();
        double possible = (double) elapsed * rate.permits() / rate.period().toNanos();
        boolean used = Aimd.isUsed(successes, possible);
        successes = 0;
        intervalStartNanos += elapsed;
        if (used) {
            replace(rate, aimd.raised(rate.permits()));
        }
    }

    /** The service refused or was overloaded, without saying for how long. */
    public void refused() {
        refused(Duration.ZERO);
    }

    /**
     * The service refused, for instance with HTTP 429.
     *
     * @param retryAfter zero or more: how long the service wants to be left alone: the limiter is paused for so long,
     *     and its rate rises at the earliest an interval after that
     * @throws IllegalArgumentException if {@code retryAfter} is negative
     */
    public void refused(Duration retryAfter) {
        Checks.notNegative(retryAfter, "retryAfter");
        StackRoom.check();
        lock.lock();
        try {
            long now = time.nanoTime();
            if (now - lowerAtNanos >= 0) {
                Rate rate = limiter.rate();
                lowerAtNanos = now + intervalNanos;
                limiter.drain(); // what has been saved up was saved for another rate
                replace(rate, aimd.lowered(rate.permits()));
            }
            long from = now + Math.min(Long.MAX_VALUE / 2, Checks.saturatedNanos(retryAfter));
            if (from - intervalStartNanos > 0) {
                successes = 0;
                intervalStartNanos = from;
            }
        } finally {
            lock.unlock();
        }
        limiter.pauseFor(retryAfter);
    }

    private void replace(Rate rate, long permits) {
        limiter.replaceRate(new Rate(permits, rate.period(), rate.burst()));
    }

    /**
     * The rate now.
     *
     * @return that of the limiter
     */
    public Rate rate() {
        return limiter.rate();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code AdaptiveRate[Rate[permits=5, period=PT1S, burst=5], from 1 to 100]}
     */
    @Override
    public String toString() {
        return "AdaptiveRate[" + rate() + ", from " + aimd.least() + " to " + aimd.most() + "]";
    }

    /**
     * Builds an {@link AdaptiveRate}.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder {
        private final RateLimiter limiter;
        private final long least;
        private final long most;
        private long step = 1;
        private double factor = 0.5;
        private long intervalNanos = Duration.ofSeconds(1).toNanos();
        private TimeSource time = TimeSource.system();

        private Builder(RateLimiter limiter, long least, long most) {
            this.limiter = Objects.requireNonNull(limiter, "limiter");
            this.least = least;
            this.most = most;
        }

        /**
         * By how many permits per period the rate rises in each interval; 1 by default.
         *
         * @param step at least 1
         * @return this builder
         */
        public Builder step(long step) {
            this.step = step;
            return this;
        }

        /**
         * To which part the rate falls when the service refuses; 0.5 by default.
         *
         * @param factor above 0 and below 1
         * @return this builder
         */
        public Builder factor(double factor) {
            this.factor = factor;
            return this;
        }

        /**
         * How often the rate rises at most, and how long refusals count as one; a second by default. It should be
         * longer than a call takes.
         *
         * @param interval the interval, positive
         * @return this builder
         * @throws IllegalArgumentException if {@code interval} is not positive
         */
        public Builder interval(Duration interval) {
            long nanos = Checks.saturatedNanos(Checks.positive(interval, "interval"));
            this.intervalNanos = Math.min(Long.MAX_VALUE / 2, nanos);
            return this;
        }

        /**
         * The clock; {@link TimeSource#system()} by default.
         *
         * @param time the clock of the limiter
         * @return this builder
         */
        public Builder timeSource(TimeSource time) {
            this.time = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Builds it.
         *
         * @return what adapts the limiter
         * @throws IllegalArgumentException if least, most, step or factor is out of its range, or if the limiter cannot
         *     have most permits per period, because its burst is less than what grows within the resolution of its
         *     clock
         */
        public AdaptiveRate build() {
            return new AdaptiveRate(this);
        }

        /**
         * Returns a description for logs and debuggers.
         *
         * @return for instance {@code AdaptiveRate.Builder[from 1 to 100, step 1, factor 0.5]}
         */
        @Override
        public String toString() {
            return "AdaptiveRate.Builder[from " + least + " to " + most + ", step " + step + ", factor " + factor + "]";
        }
    }
}

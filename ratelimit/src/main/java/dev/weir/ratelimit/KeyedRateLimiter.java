package dev.weir.ratelimit;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.metrics.Tally;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A token bucket for each key: each user, address or tenant has a limit of their own.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="keyed"}
 *
 * <p><b>Exact</b>, for each key, as the {@link TokenBucket} is. A key's bucket starts full, and is evicted only when it
 * is full again: what is forgotten makes no difference, and no key gets more because of it.
 *
 * <p><b>Small.</b> A key costs some 40 bytes besides itself. No thread tidies up: every new key looks at a few others
 * and evicts the full ones. {@link #evictFull()} does so with all.
 *
 * <p><b>Bounded.</b> There are never more keys than {@link Builder#maxKeys}. When that number is reached, the request
 * of a further key looks at a thousand of them, and is rejected if none of these is full; the next one looks at others.
 * So a client that invents keys can exhaust the room, but neither the memory nor anybody's limit. Keys of one hash code
 * cost hardly more than others if they are strings or UUIDs, and as in a {@link ConcurrentHashMap} otherwise.
 *
 * <p><b>Keys</b> are compared by {@code equals} and must not change.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@link #acquire}, and the methods that wait of
 * a key's {@link #limiter limiter}, wait for permits; the others do not, but for a lock on a sixteenth of the keys when
 * a key is new. <b>Interruption.</b> Ends the wait; nothing was taken then. <b>Fairness.</b> Requests of one key are
 * served in the order in which they came; keys do not wait for each other. <b>Memory effects.</b> None between the
 * threads that ask.
 *
 * @param <K> the type of the keys
 */
public final class KeyedRateLimiter<K> {
    private final Rate rate;
    private final KeyedBuckets<K> buckets;
    private final boolean hasListener;

    /** Those of the settings. */
    private final Tally decisions;

    private KeyedRateLimiter(Builder<K> builder) {
        this.rate = builder.rate;
        LimiterSettings settings = new LimiterSettings(
                Name.of("keyed-limiter", builder.name),
                new Tally(),
                builder.time,
                builder.maxWaiters,
                builder.order,
                builder.jitterNanos,
                builder.contexts,
                null);
        this.buckets = new KeyedBuckets<>(rate, builder.ratePerKey, builder.maxKeys, settings, builder.listener);
        this.hasListener = builder.listener != null;
        this.decisions = settings.decisions;
    }

    /**
     * Starts to build a limiter.
     *
     * @param rate how often each key is admitted
     * @param <K> the type of the keys
     * @return a builder of a limiter for a million keys at most, on the system's clock, unless configured otherwise
     */
    public static <K> Builder<K> builder(Rate rate) {
        return new Builder<>(rate);
    }

    /** How many rates besides that of all are kept, for the keys to come. */
    int rememberedRates() {
        return buckets.rememberedRates();
    }

    /**
     * A key's limiter, with all that limiters do: waits, reservations, futures, estimates, pauses, a rate of its own.
     * It is a view that costs a few bytes and remembers nothing itself: the limiters of equal keys are one.
     *
     * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="keyedWaiting"}
     *
     * <p>What differs from other limiters: the methods that wait throw a
     * {@link java.util.concurrent.RejectedExecutionException} if there is no room for the key; {@code replaceRate} sets
     * a rate that is kept until {@link #reset}, before that of {@link Builder#ratePerKey}; name and metrics are those
     * of all keys, but for the permits that are available; and of an estimate that is settled later, what has grown
     * meanwhile does not come back.
     *
     * @param key the key
     * @return its limiter
     */
    public RateLimiter limiter(K key) {
        return new KeyLimiter<>(buckets, Objects.requireNonNull(key, "key"));
    }

    /**
     * Takes a permit of a key, and waits for it as long as it takes, as {@link RateLimiter#acquire()} does.
     *
     * @param key the key
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws java.util.concurrent.RejectedExecutionException if the maximum number of requests waits for the key
     *     already, or if there is no room for the key
     */
    public void acquire(K key) throws InterruptedException {
        limiter(key).acquire();
    }

    /**
     * Reports what {@link #check(Object)} would, without taking anything.
     *
     * @param key the key
     * @return the decision as it would be now
     */
    public Decision peek(K key) {
        return limiter(key).peek();
    }

    /**
     * Asks {@link Builder#ratePerKey} for a key's rate, as the next request of the key would: if it gives another one
     * than before, those that wait for the key wait by the new rate from now on. Call it when a key's plan has changed
     * while it may be waited for. What is waited for is all that this is needed for; every request asks by itself.
     *
     * @param key the key
     */
    public void rateChanged(K key) {
        Objects.requireNonNull(key, "key");
        buckets.findUnderPresentRate(key, KeyedBuckets.hash(key));
    }

    /**
     * Makes a key as one that has never asked: its bucket is full, and it has no rate of its own that
     * {@code limiter(key).replaceRate} has set. Those who wait for it are served; a pause stays.
     *
     * @param key the key
     */
    public void reset(K key) {
        buckets.ownRate(Objects.requireNonNull(key, "key"), null);
        buckets.findUnderPresentRate(key, KeyedBuckets.hash(key));
        limiter(key).refund(Long.MAX_VALUE);
    }

    /**
     * The name that it was given, or else {@code keyed-limiter-} with a number.
     *
     * @return the same name each time
     */
    public String name() {
        return buckets.settings.name.toString();
    }

    /**
     * What the limiters of all keys have done so far, together.
     *
     * @return a snapshot of now
     */
    public KeyedRateLimiterMetrics metrics() {
        return buckets.metrics();
    }

    /**
     * Takes a permit of a key if there is one. Never waits.
     *
     * @param key the key
     * @return whether a permit was taken
     */
    public boolean tryAcquire(K key) {
        return tryAcquire(key, 1);
    }

    /**
     * Takes several permits of a key if they are there, all or none. Never waits.
     *
     * @param key the key
     * @param permits how many, from 0 to the burst of the key's rate
     * @return whether the permits were taken
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    public boolean tryAcquire(K key, long permits) {
        int hash = KeyedBuckets.hash(Objects.requireNonNull(key, "key"));
        if (hasListener) {
            return limiter(key).tryAcquire(permits);
        }
        boolean admitted = buckets.tryAcquire(key, hash, permits);
        decisions.add(admitted, permits);
        return admitted;
    }

    /**
     * Takes a permit of a key if there is one, and reports what a server has to report to its client.
     *
     * @param key the key
     * @return the decision
     */
    public Decision check(K key) {
        return check(key, 1);
    }

    /**
     * Takes several permits of a key if they are there, and reports what a server has to report to its client. What it
     * reports besides the decision itself is of a moment shortly after it.
     *
     * @param key the key
     * @param permits how many, from 0 to the burst of the key's rate
     * @return the decision; if there is no room for the key, to come again when a whole burst has grown
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    public Decision check(K key, long permits) {
        return limiter(key).check(permits);
    }

    /**
     * Gives back permits of a key that were taken and not used. The burst is never exceeded. A refund counts from when
     * it is made; see {@link RateLimiter#refund}.
     *
     * @param key the key
     * @param permits how many, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    public void refund(K key, long permits) {
        limiter(key).refund(permits);
    }

    /**
     * Takes permits of a key that have been used already, whether they are there or not; see
     * {@link RateLimiter#charge}. If there is no room for the key, nothing is remembered.
     *
     * @param key the key
     * @param permits how many, not negative; it may be more than the burst
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    public void charge(K key, long permits) {
        limiter(key).charge(permits);
    }

    /**
     * How often a key is admitted.
     *
     * @param key the key
     * @return its own rate, or that of all
     */
    public Rate rate(K key) {
        return buckets.mathFor(Objects.requireNonNull(key, "key")).rate;
    }

    /**
     * How many keys have a bucket.
     *
     * @return the number now, of which some may be full
     */
    public int size() {
        return buckets.size();
    }

    /**
     * Evicts all keys whose buckets are full. New keys do that bit by bit; this is for giving memory back when none
     * come.
     *
     * @return how many were evicted
     */
    public int evictFull() {
        return buckets.evictFull(Integer.MAX_VALUE);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code KeyedRateLimiter[logins, Rate[permits=5, period=PT1S, burst=5], 17 keys]}
     */
    @Override
    public String toString() {
        return "KeyedRateLimiter[" + name() + ", " + rate + ", " + size() + " keys]";
    }

    /**
     * Builds a {@link KeyedRateLimiter}.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     *
     * @param <K> the type of the keys
     */
    public static final class Builder<K> {
        private final Rate rate;
        private @Nullable Function<? super K, ? extends @Nullable Rate> ratePerKey;
        private int maxKeys = 1_000_000;
        private TimeSource time = TimeSource.system();
        private int maxWaiters = Integer.MAX_VALUE;
        private WaiterOrder order = WaiterOrder.firstCome();
        private long jitterNanos;
        private Contexts contexts = Contexts.byDefault();
        private @Nullable String name;
        private @Nullable KeyedRateLimiterListener<? super K> listener;

        private Builder(Rate rate) {
            this.rate = Objects.requireNonNull(rate, "rate");
        }

        /**
         * Which keys have a rate of their own. The function is called for each request, and should be quick. When it
         * gives another rate than before, the key's bucket goes on under that one: the permits that are there stay, as
         * far as the new burst has room for them, and grow at the new rate from now on. Those that wait are under the
         * new rate with the key's next request, or at once by {@link KeyedRateLimiter#rateChanged}.
         *
         * @param ratePerKey gives a key's rate, or null for the rate of all; what it throws goes to the caller
         * @return this builder
         */
        public Builder<K> ratePerKey(Function<? super K, ? extends @Nullable Rate> ratePerKey) {
            this.ratePerKey = Objects.requireNonNull(ratePerKey, "ratePerKey");
            return this;
        }

        /**
         * How many keys have a bucket at most; a million by default.
         *
         * @param maxKeys at least 1
         * @return this builder
         * @throws IllegalArgumentException if {@code maxKeys} is below 1
         */
        public Builder<K> maxKeys(int maxKeys) {
            this.maxKeys = Checks.positive(maxKeys, "maxKeys");
            return this;
        }

        /**
         * The clock; {@link TimeSource#system()} by default. With {@link TimeSource#coarse()}, permits come up to its
         * resolution later, never earlier.
         *
         * @param time the clock
         * @return this builder
         */
        public Builder<K> timeSource(TimeSource time) {
            this.time = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * How many requests may wait for each key at once; without bound by default. See
         * {@link TokenBucket.Builder#maxWaiters}.
         *
         * @param maxWaiters not negative; with 0 nothing waits
         * @return this builder
         * @throws IllegalArgumentException if {@code maxWaiters} is negative
         */
        public Builder<K> maxWaiters(int maxWaiters) {
            this.maxWaiters = (int) Checks.notNegative(maxWaiters, "maxWaiters");
            return this;
        }

        /**
         * What is carried to the dependents of futures and to the listener; see {@link TokenBucket.Builder#context}.
         *
         * @param carriers what carries it, installed in this order; none carries nothing
         * @return this builder
         */
        public Builder<K> context(ContextCarrier... carriers) {
            this.contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
            return this;
        }

        /**
         * Serves the requests that wait for one key by the {@linkplain RateLimiter#withPriority priority} that they
         * have through {@link KeyedRateLimiter#limiter}, and by the time that they have waited; see
         * {@link TokenBucket.Builder#priorities(Duration)}.
         *
         * @param ageing positive and at most a day: how long a request has to wait to be served before one that is a
         *     level higher and comes then
         * @return this builder
         * @throws IllegalArgumentException if {@code ageing} is not positive or above a day
         */
        public Builder<K> priorities(Duration ageing) {
            this.order = WaiterOrder.priorities(ageing);
            return this;
        }

        /**
         * Shares the permits of one key fairly among the {@linkplain RateLimiter#forTenant tenants} that its waiting
         * requests have through {@link KeyedRateLimiter#limiter}; see {@link TokenBucket.Builder#fairShares(Map)}.
         *
         * @param weights the weights of tenants, from 1 to 1,000; that of others is 1
         * @return this builder
         * @throws IllegalArgumentException if a weight is out of range
         */
        public Builder<K> fairShares(Map<String, Integer> weights) {
            this.order = WaiterOrder.fairShares(weights);
            return this;
        }

        /**
         * By how much each request that had to wait is delayed further; see {@link TokenBucket.Builder#jitter}.
         *
         * @param most the longest such delay; zero by default
         * @return this builder
         * @throws IllegalArgumentException if {@code most} is negative
         */
        public Builder<K> jitter(Duration most) {
            this.jitterNanos = Math.min(Long.MAX_VALUE - 1, Checks.saturatedNanos(Checks.notNegative(most, "most")));
            return this;
        }

        /**
         * The name, for logs, meters and thread dumps; {@code keyed-limiter-} with a number by default. The limiters of
         * all keys have it.
         *
         * @param name the name, which need not be unique
         * @return this builder
         * @throws IllegalArgumentException if {@code name} is blank
         */
        public Builder<K> name(String name) {
            this.name = Name.checked(name);
            return this;
        }

        /**
         * The listener that is notified of each decision; none by default.
         *
         * @param listener the listener, in place of the one set before
         * @return this builder
         */
        public Builder<K> listener(KeyedRateLimiterListener<? super K> listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Builds the limiter.
         *
         * @return a new limiter
         * @throws IllegalArgumentException if the burst of the rate is less than what grows within the resolution of
         *     the clock
         */
        public KeyedRateLimiter<K> build() {
            return new KeyedRateLimiter<>(this);
        }

        /**
         * Returns a description for logs and debuggers.
         *
         * @return for instance {@code KeyedRateLimiter.Builder[Rate[permits=5, period=PT1S, burst=5], maxKeys=1000000]}
         */
        @Override
        public String toString() {
            return "KeyedRateLimiter.Builder[" + (name == null ? "" : name + ", ") + rate + ", maxKeys=" + maxKeys
                    + "]";
        }
    }
}

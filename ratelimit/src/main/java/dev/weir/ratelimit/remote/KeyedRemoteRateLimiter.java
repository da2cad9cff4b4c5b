package dev.weir.ratelimit.remote;

import dev.weir.core.internal.wait.PromptLock;
import dev.weir.ratelimit.KeyedRateLimiterMetrics;
import dev.weir.ratelimit.PermitLine;
import dev.weir.ratelimit.Rate;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A limit for each key, such as each customer, that many processes share: a bucket for each key in a store.
 *
 * {@snippet file="dev/weir/ratelimit/remote/RemoteSnippets.java" region="keyed"}
 *
 * <p>A key costs this process something only while its limiter is in use: while the caller holds it, somebody waits for
 * its permits, a trip is under way, or it is paused. Then it is garbage. All keys share their knowledge of the store,
 * so an outage is paid for once, and not once for each key.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Nothing blocks; the limiters of keys do, as a
 * {@link RemoteRateLimiter} says. <b>Memory effects.</b> None between the threads that ask.
 */
public final class KeyedRemoteRateLimiter {
    private final RemoteStore store;
    private final PermitLine.Lines lines;
    private final ConcurrentHashMap<String, Entry> limiters = new ConcurrentHashMap<>();
    private final ReferenceQueue<RemoteRateLimiter> unused = new ReferenceQueue<>();
    private final LongAdder evicted = new LongAdder();
    private final PromptLock replacing = new PromptLock();
    private volatile Plan plan;

    /** The rate of all keys. */
    private record Plan(Rate rate, long generation) {}

    private static final class Entry extends WeakReference<RemoteRateLimiter> {
        private final String key;

        Entry(String key, RemoteRateLimiter limiter, ReferenceQueue<RemoteRateLimiter> queue) {
            super(limiter, queue);
            this.key = key;
        }
    }

    private KeyedRemoteRateLimiter(Builder builder) {
        this.store = builder.store(true);
        this.lines = builder.line.lines("keyed-limiter");
        this.plan = new Plan(builder.rate, builder.generation);
    }

    /**
     * Starts to build a limiter.
     *
     * @param buckets the store
     * @param rate how often each key is admitted
     * @return a builder with a time-out of 500 ms, which refuses during an outage, unless configured otherwise
     * @throws IllegalArgumentException if the store cannot keep to the rate
     */
    public static Builder builder(RemoteBuckets buckets, Rate rate) {
        return new Builder(buckets, Objects.requireNonNull(rate, "rate"));
    }

    /**
     * The limiter of a key. As long as it is in use, this returns the same one for the same key.
     *
     * @param key the name of the key's bucket in the store
     * @return its limiter
     */
    public RemoteRateLimiter forKey(String key) {
        Objects.requireNonNull(key, "key");
        forgetUnused();
        Entry present = limiters.get(key);
        @Nullable RemoteRateLimiter limiter = present == null ? null : present.get();
        while (limiter == null) {
            limiter = limiters.compute(key, (its, entry) -> entry != null && entry.get() != null ? entry : made(its))
                    .get();
        }
        Plan now = plan;
        if (now.generation() > 0) {
            limiter.replaceRate(now.rate(), now.generation()); // it was replaced while the limiter was made
        }
        return limiter;
    }

    private Entry made(String key) {
        Plan now = plan;
        Limits limits = Limits.of(key, now.rate(), now.generation(), store.lease);
        return new Entry(key, new RemoteRateLimiter(store, limits, lines::line), unused);
    }

    private void forgetUnused() {
        for (Object entry = unused.poll(); entry != null; entry = unused.poll()) {
            if (limiters.remove(((Entry) entry).key, entry)) {
                evicted.increment();
            }
        }
    }

    /**
     * Replaces the rate of all keys, and raises its generation by one. An equal rate changes nothing.
     *
     * @param rate the new rate
     * @throws IllegalArgumentException if the store cannot keep to it
     */
    public void replaceRate(Rate rate) {
        Objects.requireNonNull(rate, "rate");
        store.checkRate(rate);
        replacing.lock();
        try {
            if (!plan.rate().equals(rate)) {
                plan = new Plan(rate, plan.generation() + 1);
            }
        } finally {
            replacing.unlock();
        }
        Plan now = plan;
        for (Entry entry : limiters.values()) {
            RemoteRateLimiter limiter = entry.get();
            if (limiter != null) {
                limiter.replaceRate(now.rate(), now.generation());
            }
        }
    }

    /**
     * How often each key is admitted.
     *
     * @return the rate
     */
    public Rate rate() {
        return plan.rate();
    }

    /**
     * The name that it was given, or else {@code keyed-limiter-} with a number.
     *
     * @return the same name each time
     */
    public String name() {
        return lines.name();
    }

    /**
     * What the limiters of all keys have done in this process so far, together. The keys are those in use, and one that
     * is not in use any more is evicted. There is room for all.
     *
     * @return a snapshot of now
     */
    public KeyedRateLimiterMetrics metrics() {
        forgetUnused();
        return lines.metrics(limiters.size(), evicted.sum());
    }

    /**
     * How all limiters of keys together have got on with the store.
     *
     * @return a snapshot of now
     */
    public RemoteMetrics remoteMetrics() {
        return store.metrics();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code KeyedRemoteRateLimiter[orders, Rate[permits=5, period=PT1S, burst=5], 2 keys in use]}
     */
    @Override
    public String toString() {
        forgetUnused();
        return "KeyedRemoteRateLimiter[" + name() + ", " + rate() + ", " + limiters.size() + " keys in use]";
    }

    /**
     * Builds a {@link KeyedRemoteRateLimiter}.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder extends RemoteBuilder<Builder> {
        final Rate rate;

        private Builder(RemoteBuckets buckets, Rate rate) {
            super(buckets, List.of(rate));
            this.rate = rate;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the limiter, which sends nothing before it is asked.
         *
         * @return a new limiter
         */
        public KeyedRemoteRateLimiter build() {
            return new KeyedRemoteRateLimiter(this);
        }
    }
}

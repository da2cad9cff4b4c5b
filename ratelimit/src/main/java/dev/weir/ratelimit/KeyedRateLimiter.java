package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
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
 * <p><b>Keys</b> are compared by {@code equals} and must not change. <b>Threads.</b> All methods are thread-safe, and
 * none waits but, for a key that is new, for a lock on a sixteenth of the keys.
 *
 * @param <K> the type of the keys
 */
public final class KeyedRateLimiter<K> {
    private static final int TABLE_BITS = 4;
    private static final int SWEPT_FOR_ROOM = 64;
    private static final int MAX_RATES = 1_024;

    private final Rate rate;
    private final @Nullable Function<? super K, ? extends @Nullable Rate> ratePerKey;
    private final TimeSource time;
    private final int firstPause;
    private final long epochNanos;
    private final RateMath math;
    private final Map<Rate, RateMath> maths = new ConcurrentHashMap<>();
    private final List<KeyedTable<K>> tables = new ArrayList<>();
    private final Keys keys;

    private static final class Keys extends AtomicInteger implements KeyedTable.Room {
        private static final long serialVersionUID = 1;

        private final int maxKeys;

        Keys(int maxKeys) {
            this.maxKeys = maxKeys;
        }

        @Override
        public boolean claim() {
            for (int present = get(); present < maxKeys; present = get()) {
                if (compareAndSet(present, present + 1)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void giveBack() {
            decrementAndGet();
        }
    }

    private KeyedRateLimiter(Builder<K> builder) {
        this.rate = builder.rate;
        this.ratePerKey = builder.ratePerKey;
        this.time = builder.time;
        this.firstPause = BucketState.firstPause(time);
        this.epochNanos = time.nanoTime();
        this.math = new RateMath(rate, epochNanos, time.resolution());
        this.keys = new Keys(builder.maxKeys);
        for (int i = 0; i < 1 << TABLE_BITS; i++) {
            tables.add(new KeyedTable<>(keys, time));
        }
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

    /** What spreads the hash code's bits: the highest pick the table, the lowest the slot. */
    static int hash(Object key) {
        int hash = key.hashCode() * 0x9E37_79B9;
        return hash ^ (hash >>> 15);
    }

    private KeyedTable<K> table(int hash) {
        return tables.get(hash >>> (Integer.SIZE - TABLE_BITS));
    }

    private RateMath mathFor(K key) {
        Rate own = ratePerKey == null ? null : ratePerKey.apply(key);
        if (own == null || own.equals(rate)) {
            return math;
        }
        RateMath known = maths.get(own);
        return known != null ? known : newMath(own);
    }

    private RateMath newMath(Rate own) {
        RateMath made = new RateMath(own, epochNanos, time.resolution());
        if (maths.size() >= MAX_RATES) {
            maths.clear(); // a cache: each key keeps its own
        }
        maths.put(own, made);
        return made;
    }

    /** How many rates besides that of all are kept, for the keys to come. */
    int rememberedRates() {
        return maths.size();
    }

    /** The state of the key's bucket, under the rate that the key has now; null if there is no room for it. */
    private @Nullable BucketState state(K key) {
        int hash = hash(Objects.requireNonNull(key, "key"));
        KeyedTable<K> table = table(hash);
        KeyedTable.Entry<K> found = table.find(key, hash);
        if (found == null || found.level() == RateMath.NONE) {
            return insert(key, hash);
        }
        if (ratePerKey != null) {
            RateMath its = mathFor(key);
            if (found.math != its && !found.math.rate.equals(its.rate)) {
                table.replaceRate(found, its);
                return insert(key, hash);
            }
        }
        return found;
    }

    private @Nullable BucketState insert(K key, int hash) {
        RateMath its = mathFor(key); // foreign code, and so not under the table's lock
        BucketState found = table(hash).findOrInsert(key, hash, its);
        return found == null && evictFull(SWEPT_FOR_ROOM) > 0 ? table(hash).findOrInsert(key, hash, its) : found;
    }

    private int evictFull(int mostPerTable) {
        int evicted = 0;
        for (KeyedTable<K> table : tables) {
            evicted += table.evictFull(mostPerTable);
        }
        return evicted;
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
        while (true) {
            BucketState state = state(key);
            if (state == null) {
                mathFor(key).check(permits);
                return permits == 0;
            }
            BucketState.Answer answer = state.take(permits, time.nanoTime(), firstPause);
            if (answer != BucketState.Answer.FROZEN) {
                return answer == BucketState.Answer.TAKEN;
            }
        }
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
        boolean admitted = tryAcquire(key, permits);
        long now = time.nanoTime();
        int hash = hash(key);
        BucketState found = table(hash).find(key, hash);
        if (found == null) {
            found = table(hash).findForSure(key, hash); // it may have escaped the look
        }
        RateMath its = found == null ? mathFor(key) : found.math;
        // Without a state it is either full by now and evicted, or there is no room and it counts as empty.
        long level = found == null || found.level() == RateMath.NONE
                ? its.levelOf(admitted ? 0 : its.burst, now)
                : found.level();
        long retry = admitted ? 0 : Math.max(1, its.nanosUntil(level, now, permits));
        return new Decision(
                admitted,
                its.available(level, now),
                Duration.ofNanos(retry),
                Duration.ofNanos(its.nanosUntil(level, now, its.largest)));
    }

    /**
     * Gives back permits of a key that were taken and not used. The burst is never exceeded.
     *
     * @param key the key
     * @param permits how many, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    public void refund(K key, long permits) {
        Checks.notNegative(permits, "permits");
        int hash = hash(Objects.requireNonNull(key, "key"));
        KeyedTable<K> table = table(hash);
        BucketState found = table.find(key, hash);
        if (found != null && found.refund(permits, time.nanoTime())) {
            return;
        }
        do { // while it is evicted between the look and the refund; without a state it is full
            found = table.findForSure(key, hash);
        } while (found != null && !found.refund(permits, time.nanoTime()));
    }

    /**
     * Takes permits of a key that have been used already, whether they are there or not; see {@link RateLimiter#charge}.
     * If there is no room for the key, nothing is remembered.
     *
     * @param key the key
     * @param permits how many, not negative; it may be more than the burst
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    public void charge(K key, long permits) {
        Checks.notNegative(permits, "permits");
        BucketState state;
        do {
            state = state(key);
        } while (state != null && !state.charge(permits, time.nanoTime()));
    }

    /**
     * How often a key is admitted.
     *
     * @param key the key
     * @return its own rate, or that of all
     */
    public Rate rate(K key) {
        return mathFor(Objects.requireNonNull(key, "key")).rate;
    }

    /**
     * How many keys have a bucket.
     *
     * @return the number now, of which some may be full
     */
    public int size() {
        return keys.get();
    }

    /**
     * Evicts all keys whose buckets are full. New keys do that bit by bit; this is for giving memory back when none
     * come.
     *
     * @return how many were evicted
     */
    public int evictFull() {
        return evictFull(Integer.MAX_VALUE);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code KeyedRateLimiter[Rate[permits=5, period=PT1S, burst=5], 17 keys]}
     */
    @Override
    public String toString() {
        return "KeyedRateLimiter[" + rate + ", " + size() + " keys]";
    }

    /**
     * Builds a {@link KeyedRateLimiter}. Not thread-safe.
     *
     * @param <K> the type of the keys
     */
    public static final class Builder<K> {
        private final Rate rate;
        private @Nullable Function<? super K, ? extends @Nullable Rate> ratePerKey;
        private int maxKeys = 1_000_000;
        private TimeSource time = TimeSource.system();

        private Builder(Rate rate) {
            this.rate = Objects.requireNonNull(rate, "rate");
        }

        /**
         * Which keys have a rate of their own. The function is called for each request, and should be quick. When it
         * gives another rate than before, the key's bucket goes on under that one: the permits that are there stay, as
         * far as the new burst has room for them, and grow at the new rate from now on.
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
            return "KeyedRateLimiter.Builder[" + rate + ", maxKeys=" + maxKeys + "]";
        }
    }
}

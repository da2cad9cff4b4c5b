package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of a {@link KeyedRateLimiter}, in sixteen tables by the highest bits of the hash, and the rates of their
 * keys.
 */
final class KeyedBuckets<K> {
    private static final int TABLE_BITS = 4;
    private static final int SWEPT_FOR_ROOM = 64;
    private static final int MAX_RATES = 1_024;

    final TimeSource time;
    final LimiterSettings settings;

    /** Of all keys. */
    final LineCounts counts = new LineCounts();

    private final LongAdder withoutRoom = new LongAdder();

    private final Rate rate;
    private final @Nullable Function<? super K, ? extends @Nullable Rate> ratePerKey;
    private final @Nullable KeyedRateLimiterListener<? super K> listener;
    private final int firstPause;
    private final long epochNanos;
    private final RateMath math;
    private final Map<Rate, RateMath> maths = new ConcurrentHashMap<>();

    /** The rates that were set for single keys; made when there is one, as each request looks for it. */
    private volatile @Nullable ConcurrentHashMap<K, Rate> ownRates;

    private final List<KeyedTable<K>> tables = new ArrayList<>();
    private final Keys keys;

    private static final class Keys extends AtomicInteger implements KeyedTable.Room {
        private static final long serialVersionUID = 1;

        private final int maxKeys;
        private final transient LongAdder evicted = new LongAdder();

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

        boolean hasRoom() {
            return get() < maxKeys;
        }

        @Override
        public void giveBack() {
            decrementAndGet();
        }

        @Override
        public void evicted() {
            evicted.increment();
            giveBack();
        }
    }

    KeyedBuckets(
            Rate rate,
            @Nullable Function<? super K, ? extends @Nullable Rate> ratePerKey,
            int maxKeys,
            LimiterSettings settings,
            @Nullable KeyedRateLimiterListener<? super K> listener) {
        this.rate = rate;
        this.ratePerKey = ratePerKey;
        this.settings = settings;
        this.listener = listener;
        this.time = settings.time;
        this.firstPause = BucketState.firstPause(time);
        this.epochNanos = time.nanoTime();
        this.math = new RateMath(rate, epochNanos, time.resolution());
        this.keys = new Keys(maxKeys);
        for (int i = 0; i < 1 << TABLE_BITS; i++) {
            tables.add(new KeyedTable<>(keys, time));
        }
    }

    LimiterSettings settingsFor(K key) {
        KeyedRateLimiterListener<? super K> its = listener;
        return its == null
                ? settings
                : settings.with(new RateLimiterListener() {
                    @Override
                    public void onAdmitted(long permits, Duration waited) {
                        its.onAdmitted(key, permits, waited);
                    }

                    @Override
                    public void onRejected(long permits) {
                        its.onRejected(key, permits);
                    }
                });
    }

    int size() {
        return keys.get();
    }

    KeyedRateLimiterMetrics metrics() {
        return settings.metrics(counts, 0).ofKeys(size(), keys.evicted.sum(), withoutRoom.sum());
    }

    /** What spreads the hash code's bits: the highest pick the table, the lowest the slot. */
    static int hash(Object key) {
        int hash = key.hashCode() * 0x9E37_79B9;
        return hash ^ (hash >>> 15);
    }

    private KeyedTable<K> table(int hash) {
        return tables.get(hash >>> (Integer.SIZE - TABLE_BITS));
    }

    /** Whether the key's rate may be another one than that of its bucket. */
    private boolean mayHaveAnotherRate(KeyedTable.Entry<K> entry) {
        return ratePerKey != null || ownRates != null || entry.math != math;
    }

    /** Sets the rate of a key, or with null leaves it to the function again. */
    void ownRate(K key, @Nullable Rate its) {
        if (its == null) {
            ConcurrentHashMap<K, Rate> rates = ownRates;
            if (rates != null) {
                rates.remove(key);
            }
        } else {
            mathOf(its); // which refuses a burst that is too small
            madeOwnRates().put(key, its);
        }
    }

    private synchronized ConcurrentHashMap<K, Rate> madeOwnRates() {
        ConcurrentHashMap<K, Rate> rates = ownRates;
        if (rates == null) {
            rates = new ConcurrentHashMap<>();
            ownRates = rates;
        }
        return rates;
    }

    RateMath mathFor(K key) {
        ConcurrentHashMap<K, Rate> rates = ownRates;
        Rate own = rates == null ? null : rates.get(key);
        if (own == null && ratePerKey != null) {
            own = ratePerKey.apply(key);
        }
        return mathOf(own);
    }

    private RateMath mathOf(@Nullable Rate own) {
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

    // ---- the buckets

    /** The key's entry, or null if it has none. */
    KeyedTable.@Nullable Entry<K> find(K key, int hash) {
        KeyedTable<K> table = table(hash);
        KeyedTable.Entry<K> found = table.find(key, hash);
        // It may have escaped the look.
        return found == null || found.level() == RateMath.NONE ? table.findForSure(key, hash) : found;
    }

    /** The same, under the rate that the key has now: the function is asked once, as it may answer anew each time. */
    KeyedTable.@Nullable Entry<K> findUnderPresentRate(K key, int hash) {
        KeyedTable.Entry<K> found = find(key, hash);
        if (found == null || !mayHaveAnotherRate(found)) {
            return found;
        }
        RateMath its = mathFor(key);
        if (found.math == its || found.math.rate.equals(its.rate)) {
            return found;
        }
        replaceRate(found, its);
        return table(hash).findForSure(key, hash);
    }

    /** The state of the key's bucket, under the rate that the key has now; null if there is no room for it. */
    KeyedTable.@Nullable Entry<K> state(K key, int hash) {
        KeyedTable<K> table = table(hash);
        KeyedTable.Entry<K> found = table.find(key, hash);
        if (found == null || found.level() == RateMath.NONE) {
            return insert(key, hash);
        }
        if (mayHaveAnotherRate(found)) {
            RateMath its = mathFor(key);
            if (found.math != its && !found.math.rate.equals(its.rate)) {
                replaceRate(found, its);
                return insert(key, hash);
            }
        }
        return found;
    }

    /** Puts the key's bucket under another rate, and has those who wait for it wait by that. */
    private void replaceRate(KeyedTable.Entry<K> found, RateMath its) {
        table(found.hash).replaceRate(found, its);
        WaitingLine line = found.line();
        if (line != null) {
            line.replaceRate(() -> {});
        }
    }

    private KeyedTable.@Nullable Entry<K> insert(K key, int hash) {
        RateMath its = mathFor(key); // foreign code, and so not under the table's lock
        KeyedTable.Entry<K> found = table(hash).findOrInsert(key, hash, its);
        if (found == null && evictFull(SWEPT_FOR_ROOM) > 0) {
            found = table(hash).findOrInsert(key, hash, its);
        }
        if (found == null) {
            withoutRoom.increment();
        }
        return found;
    }

    /** Whether a key without a bucket could have one. */
    boolean hasRoom() {
        return keys.hasRoom() || evictFull(SWEPT_FOR_ROOM) > 0;
    }

    /** How long a key without room is asked to stay away: as if its bucket were empty. */
    long nanosWithoutRoom(K key, long permits) {
        RateMath its = mathFor(key);
        long now = time.nanoTime();
        return its.nanosUntil(its.levelOf(its.burst, now), now, permits);
    }

    /** Takes all or none, unless others wait; the clock is read after the entry was found. */
    boolean tryAcquire(K key, int hash, long permits) {
        BucketState.Answer answer = BucketState.Answer.FROZEN;
        while (answer == BucketState.Answer.FROZEN) {
            KeyedTable.Entry<K> entry = state(key, hash);
            if (entry == null) {
                mathFor(key).check(permits);
                return permits == 0;
            }
            WaitingLine line = entry.line();
            if (line != null && !line.isOpen()) {
                entry.math.check(permits);
                return permits == 0;
            }
            answer = entry.take(permits, time.nanoTime(), firstPause);
        }
        return answer == BucketState.Answer.TAKEN;
    }

    /**
     * Takes all or none, also ahead of waiters. Runs nothing of the user's but the key's equals if the key has a
     * bucket. A request that waits may be too large since a moment ago: the thread that has replaced the rate refuses
     * it next.
     */
    boolean take(K key, int hash, long permits, boolean waits) {
        BucketState.Answer answer = BucketState.Answer.FROZEN;
        while (answer == BucketState.Answer.FROZEN) {
            KeyedTable.Entry<K> entry = find(key, hash);
            if (entry == null) {
                entry = state(key, hash);
            }
            if (entry == null) {
                mathFor(key).check(permits);
                return permits == 0;
            }
            if (waits && permits > entry.math.largest) {
                return false;
            }
            answer = entry.take(permits, time.nanoTime(), firstPause);
        }
        return answer == BucketState.Answer.TAKEN;
    }

    /** Gives back to the key's bucket; without one it is full. */
    void giveBack(K key, int hash, long permits) {
        BucketState found;
        do { // while it is evicted, or replaced, between the look and the refund
            found = find(key, hash);
        } while (found != null && !found.refund(permits, time.nanoTime()));
    }

    int evictFull(int mostPerTable) {
        int evicted = 0;
        for (KeyedTable<K> table : tables) {
            evicted += table.evictFull(mostPerTable);
        }
        return evicted;
    }

    // ---- the lines

    /** The key's line, which the next join unpins; null if there is no room for the key. */
    @Nullable
    WaitingLine pinnedLine(K key, int hash, KeyLimiter<K> limiter) {
        RateMath its = mathFor(key);
        return table(hash).pinnedLine(key, hash, its, () -> new WaitingLine(limiter, limiter.settings, counts));
    }

    void dropLine(K key, int hash, WaitingLine line) {
        table(hash).dropLine(key, hash, line);
    }
}

package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A part of a {@link KeyedRateLimiter}: a hash table of chained entries, each of which is the balance of a key.
 *
 * <p>Looking up takes no lock. A look that runs while entries are moved or evicted may miss one, but never loops: moving
 * goes through the entries once, and links each only to ones that were moved before. Whoever misses looks again under the
 * lock, which guards all changes.
 *
 * <p>An entry is evicted by freezing its balance while that is full, so that whoever still holds it finds out. The
 * clock is read after an entry was found, and for a new one under the lock: so no request is dated before an eviction
 * that made its key's history be forgotten.
 */
final class KeyedTable<K> {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Entry[].class);
    private static final int SWEPT_PER_INSERTION = 4;

    static final class Entry<K> extends BucketState {
        final K key;

        /** Written under the lock; read without, where a stale value only makes a look miss. */
        private volatile @Nullable Entry<K> next;

        Entry(K key, RateMath math, long now) {
            super(math, math.levelOf(0, now));
            this.key = key;
        }
    }

    /** The number of keys in all tables. */
    interface Room {
        /** Counts one key more, unless there are as many as may be. */
        boolean claim();

        void giveBack();
    }

    private final Room room;
    private final TimeSource time;
    private final ReentrantLock lock = new ReentrantLock();

    /** Replaced, and its elements changed, under the lock. */
    private volatile @Nullable Entry<K>[] slots = newSlots(4);

    // Guarded by the lock.
    private int size;
    private int hand;

    KeyedTable(Room room, TimeSource time) {
        this.room = room;
        this.time = time;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // only entries of K come in
    private static <K> @Nullable Entry<K>[] newSlots(int length) {
        return (Entry<K>[]) new Entry[length];
    }

    /** The key's entry, or null if there is none, or if it escaped the look. */
    @SuppressWarnings("unchecked") // only entries of K came in
    @Nullable
    Entry<K> find(K key, int hash) {
        @Nullable Entry<K>[] present = slots;
        Entry<K> entry = (Entry<K>) SLOT.getAcquire(present, hash & (present.length - 1));
        while (entry != null && !entry.key.equals(key)) {
            entry = entry.next;
        }
        return entry;
    }

    /** The key's entry, or null if there is none. */
    @Nullable
    Entry<K> findForSure(K key, int hash) {
        lock.lock();
        try {
            return find(key, hash);
        } finally {
            lock.unlock();
        }
    }

    /** The key's entry, made if need be; null if there is no room for it. */
    @Nullable
    Entry<K> findOrInsert(K key, int hash, RateMath math) {
        lock.lock();
        try {
            Entry<K> present = find(key, hash);
            if (present != null) {
                return present; // under the lock it is not frozen
            }
            long now = time.nanoTime();
            sweep(now, SWEPT_PER_INSERTION);
            if (!room.claim()) {
                return null;
            }
            if (size >= slots.length) {
                grow();
            }
            Entry<K> entry = new Entry<>(key, math, now);
            link(slots, entry, hash);
            size++;
            return entry;
        } finally {
            lock.unlock();
        }
    }

    private void link(@Nullable Entry<K>[] target, Entry<K> entry, int hash) {
        int index = hash & (target.length - 1);
        entry.next = target[index];
        SLOT.setRelease(target, index, entry);
    }

    private void grow() {
        @Nullable Entry<K>[] old = slots;
        @Nullable Entry<K>[] larger = newSlots(old.length * 2);
        for (Entry<K> head : old) {
            for (Entry<K> entry = head; entry != null; ) {
                Entry<K> next = entry.next;
                link(larger, entry, KeyedRateLimiter.hash(entry.key));
                entry = next;
            }
        }
        slots = larger;
    }

    /** Evicts what is full in the next so many slots. */
    private int sweep(long now, int count) {
        @Nullable Entry<K>[] present = slots;
        int evicted = 0;
        for (int i = 0; i < count; i++) {
            hand = (hand + 1) & (present.length - 1);
            Entry<K> before = null;
            for (Entry<K> entry = present[hand]; entry != null; entry = entry.next) {
                if (!entry.freezeIfFull(now)) {
                    before = entry;
                } else {
                    if (before == null) {
                        SLOT.setRelease(present, hand, entry.next);
                    } else {
                        before.next = entry.next;
                    }
                    size--;
                    evicted++;
                    room.giveBack();
                }
            }
        }
        return evicted;
    }

    /** Evicts what is full in so many slots, or in all if there are fewer. Returns how many entries that were. */
    int evictFull(int most) {
        lock.lock();
        try {
            return sweep(time.nanoTime(), Math.min(most, slots.length));
        } finally {
            lock.unlock();
        }
    }
}

package dev.weir.ratelimit;

import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.time.TimeSource;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A part of a {@link KeyedRateLimiter}: a hash table of chained entries, each of which is the state of a key's bucket.
 *
 * <p>Looking up takes no lock. A look that runs while entries are moved, replaced or evicted may miss one, but never
 * loops: moving goes through the entries once, and links each only to ones that were moved before. A call that misses
 * looks again under the lock, which guards all changes. No code of a key runs while the table is changed: the hash is
 * kept in the entry.
 *
 * <p><b>Keys that collide.</b> A chain has at most {@value #MAX_CHAIN} entries, and {@value #MAX_EQUAL} of one hash
 * code: of those a look has to compare the keys. Both are practically never reached unless somebody chooses the keys.
 * Further ones go to a map with {@linkplain CollidingKey another hash} and an order.
 *
 * <p>An entry is evicted by freezing its state while that is full, so that a call that still holds it finds out. The
 * clock is read after an entry was found, and for a new one under the lock: so no request is dated before an eviction
 * that made its key's history be forgotten.
 */
final class KeyedTable<K> {
    static final int MAX_CHAIN = 12;
    private static final int MAX_EQUAL = 2;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Entry[].class);
    private static final int SWEPT_PER_INSERTION = 4;

    static final class Entry<K> extends BucketState {
        final K key;
        final int hash;

        /** Written under the lock; read without, where a stale value only makes a look miss. */
        private volatile @Nullable Entry<K> next;

        /** Written under the lock: the line of those who wait, which keeps the entry from being evicted. */
        private volatile @Nullable WaitingLine line;

        Entry(K key, int hash, RateMath math, long level) {
            super(math, level);
            this.key = key;
            this.hash = hash;
        }

        @Nullable
        WaitingLine line() {
            return line;
        }

        boolean isEvicted(long now) {
            WaitingLine present = line;
            if (present != null && present.retires(now)) {
                line = null;
            }
            return line == null && freezeIfFull(now);
        }
    }

    /** The number of keys in all tables. */
    interface Room {
        /** Counts one key more, unless there is the maximum. */
        boolean claim();

        /** For a key that does not come in after all. */
        void giveBack();

        /** A key has left. */
        void evicted();
    }

    private final Room room;
    private final TimeSource time;
    private final PromptLock lock = new PromptLock();

    /** Replaced, and its elements changed, under the lock. */
    private volatile @Nullable Entry<K>[] slots = newSlots(4);

    /** The entries that found their chain full; made when there is one. Changed under the lock. */
    private volatile @Nullable ConcurrentHashMap<CollidingKey, Entry<K>> colliding;

    // Guarded by the lock.
    private int size;
    private int hand;
    private @Nullable Iterator<Entry<K>> collidingHand;

    KeyedTable(Room room, TimeSource time) {
        this.room = room;
        this.time = time;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // only entries of K come in
    private static <K> @Nullable Entry<K>[] newSlots(int length) {
        return (Entry<K>[]) new Entry[length];
    }

    /** The key's entry, or null if there is none, or if it escaped the look. */
    @Nullable
    Entry<K> find(K key, int hash) {
        Entry<K> entry = findInChain(key, hash);
        if (entry == null) {
            ConcurrentHashMap<CollidingKey, Entry<K>> others = colliding;
            return others == null ? null : others.get(new CollidingKey(key));
        }
        return entry;
    }

    @SuppressWarnings("unchecked") // only entries of K came in
    private @Nullable Entry<K> findInChain(K key, int hash) {
        @Nullable Entry<K>[] present = slots;
        Entry<K> entry = (Entry<K>) SLOT.getAcquire(present, hash & (present.length - 1));
        while (entry != null && !(entry.hash == hash && entry.key.equals(key))) {
            entry = entry.next;
        }
        return entry;
    }

    /** The key's entry, or null if there is none. */
    @Nullable
    Entry<K> findForSure(K key, int hash) {
        StackRoom.check();
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
        StackRoom.check();
        lock.lock();
        try {
            return findOrInsertLocked(key, hash, math);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Entry<K> findOrInsertLocked(K key, int hash, RateMath math) {
        Entry<K> present = findInChain(key, hash);
        ConcurrentHashMap<CollidingKey, Entry<K>> others = colliding;
        CollidingKey among = present == null && others != null ? new CollidingKey(key) : null; // hashed once
        if (others != null && among != null) {
            present = others.get(among);
        }
        if (present != null) {
            return present; // under the lock it is not frozen
        }
        long now = time.nanoTime();
        sweep(now, SWEPT_PER_INSERTION);
        if (!room.claim()) {
            return null;
        }
        boolean inserted = false;
        try {
            Entry<K> entry = new Entry<>(key, hash, math, math.levelOf(0, now));
            insert(entry, among);
            inserted = true;
            return entry;
        } finally {
            if (!inserted) { // for lack of memory, or by a key that collides with others and throws
                room.giveBack();
            }
        }
    }

    /** The key's line, made if need be, and pinned; null if there is no room for the key. */
    @Nullable
    WaitingLine pinnedLine(K key, int hash, RateMath math, Supplier<WaitingLine> maker) {
        StackRoom.check();
        lock.lock();
        try {
            Entry<K> entry = findOrInsertLocked(key, hash, math);
            if (entry == null) {
                return null;
            }
            WaitingLine present = entry.line;
            if (present != null && present.pin()) {
                return present;
            }
            WaitingLine made = maker.get();
            made.pin();
            entry.line = made;
            return made;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a line that has retired. */
    void dropLine(K key, int hash, WaitingLine line) {
        StackRoom.check();
        lock.lock();
        try {
            Entry<K> entry = find(key, hash);
            if (entry != null && entry.line == line) {
                entry.line = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Puts the key's bucket under another rate, if it still has that of the entry. */
    void replaceRate(Entry<K> former, RateMath math) {
        StackRoom.check();
        lock.lock();
        try {
            if (former.level() == RateMath.NONE) {
                return; // evicted, or replaced
            }
            // One reading for both rates, before the change: a clock that throws changes nothing.
            long now = time.nanoTime();
            former.replace(math, () -> now, any -> now, state -> {
                Entry<K> entry = new Entry<>(former.key, former.hash, math, state.level());
                entry.line = former.line;
                substitute(former, entry);
            });
        } finally {
            lock.unlock();
        }
    }

    private void insert(Entry<K> entry, @Nullable CollidingKey among) {
        if (!hasChainRoomFor(entry.hash)) {
            ConcurrentHashMap<CollidingKey, Entry<K>> others = colliding;
            if (others == null) {
                others = new ConcurrentHashMap<>();
                colliding = others;
            }
            others.put(among == null ? new CollidingKey(entry.key) : among, entry);
            return;
        }
        if (size >= slots.length) {
            grow();
        }
        link(slots, entry);
        size++;
    }

    private boolean hasChainRoomFor(int hash) {
        @Nullable Entry<K>[] present = slots;
        int length = 0;
        int equal = 0;
        for (Entry<K> entry = present[hash & (present.length - 1)]; entry != null; entry = entry.next) {
            length++;
            equal += entry.hash == hash ? 1 : 0;
        }
        return length < MAX_CHAIN && equal < MAX_EQUAL;
    }

    private void link(@Nullable Entry<K>[] target, Entry<K> entry) {
        int index = entry.hash & (target.length - 1);
        entry.next = target[index];
        SLOT.setRelease(target, index, entry);
    }

    /** Puts an entry in the place of another one. If a key throws, nothing has changed. */
    private void substitute(Entry<K> former, Entry<K> entry) {
        @Nullable Entry<K>[] present = slots;
        int index = former.hash & (present.length - 1);
        Entry<K> before = null;
        for (Entry<K> other = present[index]; other != null; other = other.next) {
            if (other == former) {
                entry.next = former.next;
                if (before == null) {
                    SLOT.setRelease(present, index, entry);
                } else {
                    before.next = entry;
                }
                return;
            }
            before = other;
        }
        ConcurrentHashMap<CollidingKey, Entry<K>> others = colliding;
        if (others != null) { // as it is in no chain
            others.replace(new CollidingKey(entry.key), entry);
        }
    }

    private void unlink(@Nullable Entry<K>[] present, int index, @Nullable Entry<K> before, Entry<K> entry) {
        if (before == null) {
            SLOT.setRelease(present, index, entry.next);
        } else {
            before.next = entry.next;
        }
        size--;
    }

    private void grow() {
        @Nullable Entry<K>[] old = slots;
        @Nullable Entry<K>[] larger = newSlots(old.length * 2);
        for (Entry<K> head : old) {
            for (Entry<K> entry = head; entry != null; ) {
                Entry<K> next = entry.next;
                link(larger, entry);
                entry = next;
            }
        }
        slots = larger;
    }

    /** Evicts what is full in the next slots, and among half as many colliding keys, or in all. Returns how many. */
    private int sweep(long now, int count) {
        @Nullable Entry<K>[] present = slots;
        // Half as many, as each of them is somewhere else in memory.
        int others = count == Integer.MAX_VALUE ? count : (count + 1) / 2;
        int evicted = colliding == null ? 0 : sweepColliding(colliding, now, others);
        for (int i = 0; i < Math.min(count, present.length); i++) {
            hand = (hand + 1) & (present.length - 1);
            Entry<K> before = null;
            for (Entry<K> entry = present[hand]; entry != null; entry = entry.next) {
                if (!entry.isEvicted(now)) {
                    before = entry;
                } else {
                    unlink(present, hand, before, entry);
                    evicted++;
                    room.evicted();
                }
            }
        }
        return evicted;
    }

    private int sweepColliding(ConcurrentHashMap<CollidingKey, Entry<K>> others, long now, int count) {
        int evicted = 0;
        Iterator<Entry<K>> entries = collidingHand;
        for (int i = 0; i < count; i++) {
            if (entries == null || !entries.hasNext()) {
                if (i > 0 && count == Integer.MAX_VALUE) {
                    break; // all were looked at
                }
                entries = others.values().iterator();
                if (!entries.hasNext()) {
                    break;
                }
            }
            Entry<K> entry = entries.next();
            if (entry.isEvicted(now)) {
                removeEvicted(entries, entry, now);
                evicted++;
                room.evicted();
            }
        }
        collidingHand = entries;
        return evicted;
    }

    /** The map asks keys whether they are equal, and one that throws leaves the entry where it is. */
    private static <K> void removeEvicted(Iterator<Entry<K>> entries, Entry<K> entry, long now) {
        boolean removed = false;
        try {
            entries.remove();
            removed = true;
        } finally {
            if (!removed) {
                entry.thawFull(now);
            }
        }
    }

    /** Evicts what is full in a number of slots, or in all if there are fewer. Returns how many entries that were. */
    int evictFull(int most) {
        StackRoom.check();
        lock.lock();
        try {
            if (most == Integer.MAX_VALUE) {
                collidingHand = null;
            }
            return sweep(time.nanoTime(), most);
        } finally {
            lock.unlock();
        }
    }
}

package dev.weir.core.sync;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A total order of objects by what they are, not by what they contain: by identity hash code, and among objects whose
 * hash codes collide, by a number that each of them is given when it is first seen in a collision, and keeps for life.
 *
 * <p>The numbers make the order total: two different objects never compare as equal, however their hash codes fall.
 * They are kept in a map of weak references, which is all but empty, as collisions are one in two billion pairs.
 * Thread-safe.
 */
final class IdentityOrder implements Comparator<Object> {
    /** The order that all share. */
    static final IdentityOrder GLOBAL = new IdentityOrder(System::identityHashCode);

    private final ToIntFunction<Object> hash;
    private final ConcurrentHashMap<Collided, Long> numbers = new ConcurrentHashMap<>();
    private final ReferenceQueue<Object> collected = new ReferenceQueue<>();
    private final AtomicLong last = new AtomicLong();

    /**
     * An order of its own.
     *
     * @param hash a number per object that never changes; a poor one makes collisions
     */
    IdentityOrder(ToIntFunction<Object> hash) {
        this.hash = hash;
    }

    @Override
    public int compare(Object a, Object b) {
        if (a == b) {
            return 0;
        }
        int byHash = Integer.compare(hash.applyAsInt(a), hash.applyAsInt(b));
        return byHash != 0 ? byHash : Long.compare(number(a), number(b));
    }

    private long number(Object object) {
        forgetCollected();
        return Objects.requireNonNull(
                numbers.computeIfAbsent(new Collided(object, collected), unseen -> last.incrementAndGet()));
    }

    private void forgetCollected() {
        for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
            numbers.remove(gone);
        }
    }

    /** How many objects have a number. */
    int collisions() {
        forgetCollected();
        return numbers.size();
    }

    /** Equal to another one of the same object, and to itself when the object is gone. */
    private static final class Collided extends WeakReference<Object> {
        private final int hash;

        Collided(Object object, ReferenceQueue<Object> collected) {
            super(object, collected);
            this.hash = System.identityHashCode(object);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            if (this == other) {
                return true;
            }
            Object object = get();
            return object != null && other instanceof Collided that && that.refersTo(object);
        }
    }
}

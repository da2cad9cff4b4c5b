package dev.weir.core.sync;

import org.jspecify.annotations.Nullable;

/**
 * A user's key as the map of a {@link KeyedExecutor} holds it. The key's own {@code hashCode}, {@code equals} and
 * {@code compareTo} are called only in the thread that submits a task, to look its key up: a key that changes later, or
 * whose methods begin to throw, is found and removed all the same.
 *
 * <p>The map calls {@code equals} and {@code compareTo} on the object that it is asked for, not on the one that it
 * holds. So one that is {@linkplain #held() held} compares by identity when it is removed, and by the key's
 * {@code equals} when another one is looked up.
 */
final class HashedKey implements Comparable<HashedKey> {
    final Object key;
    private final int hash;

    // Plain: written under the map's lock of the bin, read by the one thread that removes this from the map.
    private boolean held;
    private boolean ordered = true;

    HashedKey(Object key) {
        this(key, key.hashCode());
    }

    private HashedKey(Object key, int hash) {
        this.key = key;
        this.hash = hash;
    }

    /**
     * The object to look the key up by: this one, unless a map may hold it since an earlier look-up. By that one only
     * itself would be found, and not what another thread has put in its place.
     */
    HashedKey forLookUp() {
        return held ? new HashedKey(key, hash) : this;
    }

    /** This object is what the map holds from now on. */
    void held() {
        held = true;
    }

    /** From now on a look-up of this object goes through all keys with its hash code, and asks for no order. */
    void unordered() {
        ordered = false;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (!held && other instanceof HashedKey that && hash == that.hash && key.equals(that.key));
    }

    /**
     * Keeps a bin of colliding keys as quick as it is in a map of the keys themselves. Zero says nothing about
     * equality.
     */
    @Override
    @SuppressWarnings("unchecked") // both are of one class
    public int compareTo(HashedKey that) {
        return ordered && key instanceof Comparable<?> && key.getClass() == that.key.getClass()
                ? ((Comparable<Object>) key).compareTo(that.key)
                : 0;
    }
}

package dev.weir.ratelimit;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A key whose hash code is that of many others, with another hash and, where the key has one, an order: by these a
 * {@link java.util.concurrent.ConcurrentHashMap} finds it in a time that does not grow, or grows with the logarithm. A
 * client can choose strings of one hash code, but not ones of one hash that is seeded anew in each JVM.
 */
final class CollidingKey implements Comparable<CollidingKey> {
    private static final long SEED = ThreadLocalRandom.current().nextLong();

    private final Object key;
    private final int hash;

    CollidingKey(Object key) {
        this.key = key;
        this.hash = hash(key);
    }

    private static int hash(Object key) {
        if (key instanceof String string) {
            return hash(string);
        }
        if (key instanceof UUID uuid) {
            return (int) (mixed(mixed(SEED ^ uuid.getMostSignificantBits()) ^ uuid.getLeastSignificantBits()) >>> 32);
        }
        return key.hashCode();
    }

    /** In two chains, of which neither waits for the other's multiplications. */
    private static int hash(String string) {
        long even = SEED;
        long odd = ~SEED;
        int last = string.length() - 1;
        for (int i = 0; i < last; i += 2) {
            even = mixed(even ^ string.charAt(i));
            odd = mixed(odd ^ string.charAt(i + 1));
        }
        if ((last & 1) == 0) { // an odd number of characters
            even = mixed(even ^ string.charAt(last));
        }
        return (int) (mixed(even ^ Long.rotateLeft(odd, 32)) >>> 32);
    }

    private static long mixed(long bits) {
        long product = bits * 0x9E37_79B9_7F4A_7C15L;
        return product ^ (product >>> 32);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CollidingKey colliding && key.equals(colliding.key);
    }

    /** The order of the keys, where they have one; 0 otherwise, which the map can bear. */
    @Override
    @SuppressWarnings({"unchecked", "rawtypes"}) // of the same class
    public int compareTo(CollidingKey other) {
        if (key instanceof Comparable comparable && key.getClass() == other.key.getClass()) {
            try {
                return comparable.compareTo(other.key);
            } catch (ClassCastException incomparable) {
                return 0;
            }
        }
        return 0;
    }

    @Override
    public String toString() {
        return "CollidingKey[" + key + "]";
    }
}

package dev.weir.core.internal;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A number with cache lines of its own, for one that some threads write again and again while others read what would be
 * beside it: they would have to fetch that anew each time. Its methods are those of {@link AtomicLong}.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe; {@link #getPlain} and {@link #setPlain} order nothing.
 */
public final class PaddedAtomicLong {
    // The lines before and after are its own, too, as processors fetch them in pairs.
    private static final int AT = 16;
    private static final int LENGTH = 32;

    private final AtomicLongArray numbers = new AtomicLongArray(LENGTH);

    /** Makes one that is zero. */
    public PaddedAtomicLong() {}

    /**
     * Reads the number, as a volatile one.
     *
     * @return the number
     */
    public long get() {
        return numbers.get(AT);
    }

    /**
     * Reads the number, as one that is not volatile.
     *
     * @return the number
     */
    public long getPlain() {
        return numbers.getPlain(AT);
    }

    /**
     * Reads the number: what was done before it was written by {@link #setRelease} is seen.
     *
     * @return the number
     */
    public long getAcquire() {
        return numbers.getAcquire(AT);
    }

    /**
     * Writes the number, for {@link #getAcquire}.
     *
     * @param value the number
     */
    public void setRelease(long value) {
        numbers.setRelease(AT, value);
    }

    /**
     * Writes the number, as a volatile one.
     *
     * @param value the number
     */
    public void set(long value) {
        numbers.set(AT, value);
    }

    /**
     * Writes the number, as one that is not volatile.
     *
     * @param value the number
     */
    public void setPlain(long value) {
        numbers.setPlain(AT, value);
    }

    /**
     * Adds one.
     *
     * @return the number before
     */
    public long getAndIncrement() {
        return numbers.getAndIncrement(AT);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return the number
     */
    @Override
    public String toString() {
        return Long.toString(get());
    }
}

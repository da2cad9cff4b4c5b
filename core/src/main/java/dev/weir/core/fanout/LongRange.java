package dev.weir.core.fanout;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.stream.LongStream;

/**
 * A range of numbers: one piece of work of {@link FanOut#overRange}. Immutable.
 *
 * @param from the first
 * @param to the one after the last
 */
public record LongRange(long from, long to) {
    /**
     * Creates a range.
     *
     * @param from the first
     * @param to the one after the last; the range is empty if it is {@code from}
     * @throws IllegalArgumentException if {@code to} is below {@code from}, or there are more than
     *     {@link Long#MAX_VALUE} numbers
     */
    public LongRange {
        if (to < from) {
            throw new IllegalArgumentException("to must be at least from, " + from + ", but is " + to);
        }
        if (to - from < 0) {
            throw new IllegalArgumentException("too many numbers from " + from + " to " + to);
        }
    }

    /**
     * Returns how many numbers there are.
     *
     * @return the count
     */
    public long size() {
        return to - from;
    }

    /**
     * Returns the numbers.
     *
     * @return a sequential stream
     */
    public LongStream stream() {
        return LongStream.range(from, to);
    }

    /** Pieces of this range, computed when they are read. */
    List<LongRange> split(long size) {
        long count = size() / size + (size() % size == 0 ? 0 : 1);
        if (count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "size must be large enough for " + Integer.MAX_VALUE + " ranges, but is " + size);
        }
        return new Pieces(this, size, (int) count);
    }

    private static final class Pieces extends AbstractList<LongRange> implements RandomAccess {
        private final LongRange all;
        private final long each;
        private final int count;

        Pieces(LongRange all, long each, int count) {
            this.all = all;
            this.each = each;
            this.count = count;
        }

        @Override
        public LongRange get(int index) {
            long from = all.from + index * each;
            return new LongRange(from, Math.min(all.to - from, each) + from);
        }

        @Override
        public int size() {
            return count;
        }
    }
}

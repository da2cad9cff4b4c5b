package dev.weir.core.fanout;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Results by the number of their item: one array if the number of items was right, and more behind it, each as long as
 * all before it, if not. An array is never moved, so each result is written by a plain store.
 *
 * <p>Room is made by the worker that has the reading turn before an item is claimed, and the results are read when the
 * call is over.
 */
final class Slots {
    private static final int FIRST = 32;

    private final @Nullable Object[][] segments = new Object[33][];
    private final int first;
    private int made = 1;
    private long room;

    /**
     * Creates room.
     *
     * @param expected how many results there will be, or -1
     */
    Slots(int expected) {
        first = expected > 0 ? expected : FIRST;
        segments[0] = new Object[first];
        room = first;
    }

    void reserve(long count) {
        while (count > room) {
            if (room > Integer.MAX_VALUE / 2) {
                throw new IllegalStateException("more results than a list can have");
            }
            segments[made] = new Object[(int) room];
            made++;
            room *= 2;
        }
    }

    void set(long index, @Nullable Object result) {
        if (index < first) {
            segments[0][(int) index] = result;
        } else {
            int segment = Long.SIZE - Long.numberOfLeadingZeros(index / first);
            segments[segment][(int) (index - ((long) first << (segment - 1)))] = result;
        }
    }

    /** Gives all results that were set, when the call is over. */
    void forEach(Consumer<Object> action) {
        for (int number = 0; number < made; number++) {
            for (@Nullable Object result : segments[number]) {
                if (result != null) {
                    action.accept(result);
                }
            }
        }
    }

    /** All results; null where none was set. */
    @Nullable
    Object[] toArray(int count) {
        if (count == first) {
            return segments[0];
        }
        @Nullable Object[] all = Arrays.copyOf(segments[0], count);
        int from = first;
        for (int i = 1; i < made && from < count; i++) {
            System.arraycopy(segments[i], 0, all, from, Math.min(segments[i].length, count - from));
            from += segments[i].length;
        }
        return all;
    }
}

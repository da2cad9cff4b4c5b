package dev.weir.pipeline;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides what belongs to which window, without waiting and for one thread. Windows end at every multiple of the slide
 * after the start; one holds what came in the size before its end, and not what comes at its end. All readings are of
 * one clock, which may wrap: they are only compared by their differences.
 *
 * <p>Invariant: while there are arrivals, all of them came before the end of the next window and belong to it; the
 * first {@code reported} of them have been in one before.
 */
final class Windows {
    private record Arrival(Object item, long nanos) {}

    private final long startNanos;
    private final long sizeNanos;
    private final long slideNanos;
    private final ArrayDeque<Arrival> arrivals = new ArrayDeque<>();
    private int reported;
    private long endNanos;

    Windows(long startNanos, long sizeNanos, long slideNanos) {
        this.startNanos = startNanos;
        this.sizeNanos = sizeNanos;
        this.slideNanos = slideNanos;
    }

    /** Whether there is no next window: those without items are skipped. */
    boolean isEmpty() {
        return arrivals.isEmpty();
    }

    /** When the next window is over. */
    long endNanos() {
        return endNanos;
    }

    /** Whether there is a next window and it is over now. */
    boolean isOver(long now) {
        return !isEmpty() && now - endNanos >= 0;
    }

    /** Adds what comes now, when no window is over that has not been taken out. */
    void add(Object item, long now) {
        if (isEmpty()) {
            endNanos = now + slideNanos - (now - startNanos) % slideNanos;
        }
        arrivals.add(new Arrival(item, now));
    }

    /** The items of the next window. */
    List<Object> items() {
        List<Object> items = new ArrayList<>(arrivals.size());
        arrivals.forEach(arrival -> items.add(arrival.item));
        return items;
    }

    /** Whether the next window has an item that was in none before. */
    boolean hasUnreported() {
        return reported < arrivals.size();
    }

    /** Goes on to the window after the next one, and returns the items that belong to none from now on. */
    List<Object> slide() {
        endNanos += slideNanos;
        List<Object> gone = new ArrayList<>();
        while (!isEmpty() && arrivals.getFirst().nanos - (endNanos - sizeNanos) < 0) {
            gone.add(arrivals.removeFirst().item);
        }
        reported = arrivals.size();
        return gone;
    }
}

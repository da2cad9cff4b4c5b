package dev.weir.core.internal.wait;

import dev.weir.core.internal.PlacedHeap;
import dev.weir.core.internal.PlacedHeap.Side;
import java.util.Comparator;

/** The waiters of one priority or of one tenant in a {@link GroupedLine}, as they came. */
final class WaiterGroup<W extends Waiter> extends WaiterQueue<W> implements PlacedHeap.Element {
    /** The one that is served next first. */
    static final Comparator<WaiterGroup<?>> BY_RANK = (a, b) -> PlacedHeap.compareRanks(a.rank, a.turn, b.rank, b.turn);

    final GroupedLine<W> line;

    /** What its waiters have in common; the key of the group in its line. */
    final Object key;

    final long factor;

    /** In virtual time. */
    long start;

    /** Of the first waiter. */
    long rank;

    /** When it got its rank, which decides among equal ranks. */
    long turn;

    /** In the only heap. */
    private int index = NOWHERE;

    WaiterGroup(GroupedLine<W> line, Object key, long factor, long start) {
        this.line = line;
        this.key = key;
        this.factor = factor;
        this.start = start;
    }

    @Override
    public int place(Side side) {
        return index;
    }

    @Override
    public void place(Side side, int place) {
        index = place;
    }
}

package dev.weir.core.internal.wait;

/** The waiters of one priority or of one tenant in a {@link GroupedLine}, as they came. */
final class WaiterGroup<W extends Waiter> extends WaiterQueue<W> {
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

    /** In the heap. */
    int index;

    WaiterGroup(GroupedLine<W> line, Object key, long factor, long start) {
        this.line = line;
        this.key = key;
        this.factor = factor;
        this.start = start;
    }

    static boolean isBefore(long rank, long turn, long otherRank, long otherTurn) {
        return rank == otherRank ? turn < otherTurn : rank - otherRank < 0; // right across the wrap
    }
}

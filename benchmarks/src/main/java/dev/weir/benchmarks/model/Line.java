package dev.weir.benchmarks.model;

import java.util.ArrayDeque;
import java.util.BitSet;

/**
 * A cache line: the cores that have it, and the requests of those that do not.
 *
 * <pre>
 *   nobody's --first access--&gt; the core's own
 *   one core's own --another reads--&gt; shared --a core writes--&gt; that core's own
 * </pre>
 */
final class Line {
    /** A core asks for the line; {@code reachesAt} is when the one that has it knows. */
    record Request(int core, boolean toWrite, double use, double reachesAt, Runnable done) {}

    final ArrayDeque<Request> waiting = new ArrayDeque<>();
    double busyUntil;

    /** Whether an event is due that serves the first request. */
    boolean isServing;

    private final BitSet holders = new BitSet();
    private boolean written;

    /** Whether the core has it, so that an access is a hit. A line that nobody has yet costs no transfer. */
    boolean isHitOf(int core, boolean toWrite) {
        return holders.isEmpty() || (holders.get(core) && (written || !toWrite));
    }

    /** Whether the core that has it may go on with it. */
    boolean isFree(double now) {
        return waiting.isEmpty() || waiting.getFirst().reachesAt() > now;
    }

    void give(int core, boolean toWrite) {
        boolean alone = holders.isEmpty() || (holders.cardinality() == 1 && holders.get(core));
        if (toWrite) {
            holders.clear();
        }
        written = toWrite || (alone && (written || holders.isEmpty()));
        holders.set(core);
    }
}

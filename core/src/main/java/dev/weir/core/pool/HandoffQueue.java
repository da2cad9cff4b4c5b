package dev.weir.core.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A queue without capacity: it accepts a task for each worker that is ready to take one. A worker says that it no
 * longer is before it takes one, so no task is accepted for a worker that has another.
 */
final class HandoffQueue extends LockedTaskQueue {
    private final WorkerCounts counts;
    private final Clocks clocks;
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    HandoffQueue(WorkerCounts counts, Clocks clocks) {
        this.counts = counts;
        this.clocks = clocks;
    }

    @Override
    boolean hasRoom() {
        return entries.size() < WorkerCounts.idle(counts.read());
    }

    @Override
    void add(Runnable task) {
        add(new Entry(task, clocks.nanos()));
    }

    @Override
    void add(Entry entry) {
        entries.addLast(entry);
    }

    @Override
    boolean take(Taken into) {
        Entry next = entries.pollFirst();
        if (next == null) {
            return false;
        }
        into.set(next, true);
        return true;
    }

    /** A task on its way to a worker does not give way. */
    @Override
    boolean takeVictim(Taken into) {
        return false;
    }

    @Override
    int length() {
        return entries.size();
    }

    @Override
    List<Entry> all() {
        return new ArrayList<>(entries);
    }

    @Override
    void clear() {
        entries.clear();
    }

    @Override
    public int capacity() {
        return 0;
    }

    /** A task in here has a worker already. */
    @Override
    public int peak() {
        return 0;
    }
}

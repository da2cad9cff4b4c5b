package dev.weir.core.pool;

import dev.weir.core.internal.PlacedHeap;
import dev.weir.core.internal.PlacedHeap.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue in the order of priority, with ageing: a task of priority p ranks like one of priority 0 that was
 * submitted p times the ageing earlier. So the rank of two tasks never changes, a heap will do, and a task of any
 * priority is overtaken only by what comes within a bounded time after it.
 */
final class PriorityTaskQueue extends LockedTaskQueue {
    private static final class Ranked extends PlacedElement {
        final Entry entry;
        final int priority;
        final long rank;
        final long number;

        Ranked(Entry entry, int priority, long rank, long number) {
            this.entry = entry;
            this.priority = priority;
            this.rank = rank;
            this.number = number;
        }
    }

    private static final Comparator<Ranked> BY_RANK =
            (a, b) -> PlacedHeap.compareRanks(a.rank, a.number, b.rank, b.number);

    /** The oldest of those of the lowest priority first. */
    private static final Comparator<Ranked> BY_VALUE = (a, b) ->
            a.priority == b.priority ? Long.compare(a.number, b.number) : Integer.compare(a.priority, b.priority);

    private final Clocks clocks;
    private final long ageingNanos;
    private final int capacity;
    private final PlacedHeap<Ranked> heap = new PlacedHeap<>(Side.NEXT, BY_RANK);

    /** The same tasks; empty until one has given way, as those of most queues never do. */
    private final PlacedHeap<Ranked> victims = new PlacedHeap<>(Side.VICTIM, BY_VALUE);

    private boolean hasVictims;
    private long number;

    PriorityTaskQueue(int capacity, long ageingNanos, Clocks clocks) {
        this.capacity = capacity;
        this.ageingNanos = ageingNanos;
        this.clocks = clocks;
    }

    @Override
    boolean hasRoom() {
        return heap.size() < capacity;
    }

    @Override
    void add(Runnable task) {
        add(new Entry(task, TaskQueue.isSampled(number) ? clocks.nanos() : clocks.roughNanos()));
    }

    /** In the order of the calls where ranks are equal. */
    @Override
    void add(Entry entry) {
        int priority = entry.task() instanceof PoolTask<?> task ? task.priority() : 0;
        Ranked last = new Ranked(entry, priority, entry.submittedNanos() - priority * ageingNanos, number);
        heap.add(last);
        if (hasVictims) {
            try {
                victims.add(last);
            } catch (Throwable noMemory) {
                heap.remove(last);
                throw noMemory;
            }
        }
        number++;
    }

    @Override
    boolean take(Taken into) {
        Ranked next = heap.poll();
        if (next != null) {
            victims.remove(next);
        }
        return fill(into, next);
    }

    /** The oldest of those of the lowest priority. */
    @Override
    boolean takeVictim(Taken into) {
        if (!hasVictims) {
            listVictims();
        }
        Ranked victim = victims.poll();
        if (victim != null) {
            heap.remove(victim);
        }
        return fill(into, victim);
    }

    private void listVictims() {
        try {
            for (Ranked each : heap.all()) {
                victims.add(each);
            }
            hasVictims = true;
        } catch (Throwable noMemory) {
            victims.clear();
            throw noMemory;
        }
    }

    private static boolean fill(Taken into, @Nullable Ranked next) {
        if (next == null) {
            return false;
        }
        into.set(next.entry, TaskQueue.isSampled(next.number));
        return true;
    }

    @Override
    int length() {
        return heap.size();
    }

    /** In the order of rank, so that equal ranks keep their order. */
    @Override
    List<Entry> all() {
        List<Ranked> ranked = heap.all();
        ranked.sort(BY_RANK);
        List<Entry> all = new ArrayList<>(ranked.size());
        for (Ranked next : ranked) {
            all.add(next.entry);
        }
        return all;
    }

    @Override
    void clear() {
        heap.clear();
        victims.clear();
    }

    @Override
    public int capacity() {
        return capacity;
    }
}

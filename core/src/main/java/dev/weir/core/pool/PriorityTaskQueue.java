package dev.weir.core.pool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue in the order of priority, with ageing: a task of priority p ranks like one of priority 0 that was
 * submitted p times the ageing earlier. So the rank of two tasks never changes, a heap will do, and a task of any
 * priority is overtaken only by what comes within a bounded time after it.
 */
final class PriorityTaskQueue extends LockedTaskQueue {
    private record Ranked(Entry entry, int priority, long rank, long number) {}

    private static final Comparator<Ranked> BY_RANK = (a, b) ->
            a.rank == b.rank ? Long.compare(a.number, b.number) : Long.signum(a.rank - b.rank); // right across the wrap

    private final Clocks clocks;
    private final long ageingNanos;
    private final int capacity;
    private final PriorityQueue<Ranked> heap = new PriorityQueue<>(BY_RANK);
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
        heap.add(new Ranked(entry, priority, entry.submittedNanos() - priority * ageingNanos, number++));
    }

    @Override
    boolean take(Taken into) {
        return fill(into, heap.poll());
    }

    /** The oldest of those of the lowest priority. */
    @Override
    boolean takeVictim(Taken into) {
        Ranked victim = null;
        for (Ranked next : heap) {
            if (victim == null
                    || next.priority < victim.priority
                    || (next.priority == victim.priority && next.number < victim.number)) {
                victim = next;
            }
        }
        if (victim != null) {
            heap.remove(victim);
        }
        return fill(into, victim);
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
        List<Ranked> ranked = new ArrayList<>(heap);
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
    }

    @Override
    public int capacity() {
        return capacity;
    }
}

package dev.weir.core.pool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue in the order of priority, with ageing: a task of priority p ranks like one of priority 0 that was
 * submitted p times the ageing earlier. So the rank of two tasks never changes, a heap will do, and a task of any
 * priority is overtaken only by what comes within a bounded time after it.
 */
final class PriorityTaskQueue implements TaskQueue {
    private record Ranked(Entry entry, int priority, long rank, long number) {}

    private static final Comparator<Ranked> BY_RANK = (a, b) ->
            a.rank == b.rank ? Long.compare(a.number, b.number) : Long.signum(a.rank - b.rank); // right across the wrap

    private final Clocks clocks;
    private final long ageingNanos;
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final PriorityQueue<Ranked> heap = new PriorityQueue<>(BY_RANK);
    private boolean closed;
    private boolean frozen;
    private long accepted;
    private long number;
    private int peak;

    PriorityTaskQueue(int capacity, long ageingNanos, Clocks clocks) {
        this.capacity = capacity;
        this.ageingNanos = ageingNanos;
        this.clocks = clocks;
    }

    @Override
    public Answer offer(Runnable task) {
        lock.lock();
        try {
            if (closed) {
                return Answer.CLOSED;
            }
            if (heap.size() >= capacity) {
                return Answer.FULL;
            }
            add(new Entry(task, TaskQueue.isSampled(number) ? clocks.nanos() : clocks.roughNanos()));
            accepted++;
            peak = Math.max(peak, heap.size());
            return Answer.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    private void add(Entry entry) {
        int priority = entry.task() instanceof PoolTask<?> task ? task.options.priority() : 0;
        heap.add(new Ranked(entry, priority, entry.submittedNanos() - priority * ageingNanos, number++));
    }

    @Override
    public boolean poll(Taken into) {
        lock.lock();
        try {
            return fill(into, frozen ? null : heap.poll());
        } finally {
            lock.unlock();
        }
    }

    /** The oldest of those of the lowest priority. */
    @Override
    public boolean pollVictim(Taken into) {
        lock.lock();
        try {
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
        } finally {
            lock.unlock();
        }
    }

    private static boolean fill(Taken into, @Nullable Ranked next) {
        if (next == null) {
            return false;
        }
        into.task = next.entry.task();
        into.submittedNanos = next.entry.submittedNanos();
        into.sampled = TaskQueue.isSampled(next.number);
        return true;
    }

    @Override
    public int size() {
        lock.lock();
        try {
            return heap.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public long accepted() {
        lock.lock();
        try {
            return accepted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int peak() {
        lock.lock();
        try {
            return peak;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Entry> freeze() {
        lock.lock();
        try {
            closed = true;
            frozen = true;
            List<Entry> left = new ArrayList<>(heap.size());
            for (Ranked next = heap.poll(); next != null; next = heap.poll()) {
                left.add(next.entry);
            }
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** In the order of rank, so that equal ranks keep their order. */
    @Override
    public void restore(Entry entry) {
        add(entry);
    }
}

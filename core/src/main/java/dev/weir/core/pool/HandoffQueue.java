package dev.weir.core.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A queue without capacity: it accepts a task for each worker that is ready to take one. A worker says that it no longer
 * is before it takes one, so no task is accepted for a worker that has another.
 */
final class HandoffQueue implements TaskQueue {
    private final WorkerCounts census;
    private final Clocks clocks;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private boolean closed;
    private boolean frozen;
    private long accepted;

    HandoffQueue(WorkerCounts census, Clocks clocks) {
        this.census = census;
        this.clocks = clocks;
    }

    @Override
    public Answer offer(Runnable task) {
        lock.lock();
        try {
            if (closed) {
                return Answer.CLOSED;
            }
            if (entries.size() >= WorkerCounts.idle(census.read())) {
                return Answer.FULL;
            }
            entries.addLast(new Entry(task, clocks.nanos()));
            accepted++;
            return Answer.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean poll(Taken into) {
        lock.lock();
        try {
            Entry next = frozen ? null : entries.pollFirst();
            if (next == null) {
                return false;
            }
            into.task = next.task();
            into.submittedNanos = next.submittedNanos();
            into.sampled = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A task on its way to a worker does not give way. */
    @Override
    public boolean pollVictim(Taken into) {
        return false;
    }

    @Override
    public int size() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int capacity() {
        return 0;
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
        return 0;
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
            List<Entry> left = new ArrayList<>(entries);
            entries.clear();
            return left;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void restore(Entry entry) {
        entries.addLast(entry);
    }
}

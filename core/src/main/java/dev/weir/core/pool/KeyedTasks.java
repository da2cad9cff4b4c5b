package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Answer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The tasks with keys. The first of each key goes the way of all tasks; those after it wait here, and each goes on when
 * the one before it has ended, in whichever way. A key with no task is forgotten. Its lock is the last one taken.
 */
final class KeyedTasks {
    private static final class Lane {
        PoolTask<?> head;
        final ArrayDeque<PoolTask<?>> waiting = new ArrayDeque<>();

        Lane(PoolTask<?> head) {
            this.head = head;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final Map<Object, Lane> lanes = new HashMap<>();
    private int waiting;
    private int peak;
    private long accepted;
    private boolean closed;

    /**
     * Gives a task its place.
     *
     * @return null if it has the head of its key, and goes the way of all tasks
     */
    @Nullable
    Answer offer(PoolTask<?> task, Object key, int capacity) {
        lock.lock();
        try {
            if (closed) {
                return Answer.CLOSED;
            }
            Lane lane = lanes.get(key);
            if (lane == null) {
                lanes.put(key, new Lane(task));
                task.holdsKey = true;
                return null;
            }
            if (waiting >= capacity) {
                return Answer.FULL;
            }
            lane.waiting.addLast(task);
            accepted++;
            waiting++;
            peak = Math.max(peak, waiting);
            return Answer.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the oldest task that waits for this key, to be discarded. */
    @Nullable
    PoolTask<?> pollVictim(Object key) {
        lock.lock();
        try {
            Lane lane = lanes.get(key);
            PoolTask<?> victim = lane == null ? null : lane.waiting.pollFirst();
            if (victim != null) {
                waiting--;
            }
            return victim;
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is room for this key, or a task that waits for it. */
    boolean hasVictimIfFull(Object key, int capacity) {
        lock.lock();
        try {
            Lane lane = lanes.get(key);
            return waiting < capacity || lane == null || !lane.waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** The head of a key has ended; returns the next one, which goes on. */
    @Nullable
    PoolTask<?> next(PoolTask<?> ended, Object key) {
        lock.lock();
        try {
            Lane lane = lanes.get(key);
            if (lane == null || lane.head != ended) {
                return null;
            }
            PoolTask<?> next = lane.waiting.pollFirst();
            if (next == null) {
                lanes.remove(key);
                return null;
            }
            waiting--;
            next.holdsKey = true;
            next.accepted = true;
            lane.head = next;
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** A task has ended before it began. Returns whether it waited here. */
    boolean remove(PoolTask<?> task, Object key) {
        lock.lock();
        try {
            Lane lane = lanes.get(key);
            if (lane == null || !lane.waiting.remove(task)) {
                return false;
            }
            waiting--;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The task that has to end before this one can begin, or null. */
    @Nullable
    PoolTask<?> headBefore(PoolTask<?> task, Object key) {
        lock.lock();
        try {
            Lane lane = lanes.get(key);
            return lane == null || lane.head == task ? null : lane.head;
        } finally {
            lock.unlock();
        }
    }

    /** Accepts nothing more. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes all that wait for this head of a key. */
    List<PoolTask<?>> drainBehind(PoolTask<?> head, Object key) {
        lock.lock();
        try {
            Lane lane = lanes.get(key);
            if (lane == null || lane.head != head) {
                return List.of();
            }
            List<PoolTask<?>> left = List.copyOf(lane.waiting);
            lane.waiting.clear();
            waiting -= left.size();
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** Takes all that wait. */
    List<PoolTask<?>> drain() {
        lock.lock();
        try {
            List<PoolTask<?>> left = new ArrayList<>(waiting);
            for (Lane lane : lanes.values()) {
                left.addAll(lane.waiting);
                lane.waiting.clear();
            }
            waiting = 0;
            return left;
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    int peak() {
        lock.lock();
        try {
            return peak;
        } finally {
            lock.unlock();
        }
    }

    long accepted() {
        lock.lock();
        try {
            return accepted;
        } finally {
            lock.unlock();
        }
    }

    int keys() {
        lock.lock();
        try {
            return lanes.size();
        } finally {
            lock.unlock();
        }
    }
}

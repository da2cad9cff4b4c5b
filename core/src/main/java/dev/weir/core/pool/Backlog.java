package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Entry;
import dev.weir.core.pool.TaskQueue.Taken;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that wait for a worker: those in the queue, and a few that have no place in it and go before it (those that a
 * worker gave back, and those that waited for their key).
 *
 * <p>The queue is replaced, under the pool's lock, to change its capacity, and to get rid of cancelled tasks in it when
 * it is full: the old one is frozen, what is left is moved, the new one is published. Meanwhile {@link #offer} waits and
 * {@link #poll} finds nothing; whoever replaces the queue has to wake workers and submitters afterwards.
 */
final class Backlog {
    private static final int FIRST_SLOTS = 1_024;

    private final WorkerCounts census;
    private final Clocks clocks;
    private final ReentrantLock lock;

    /** In nanoseconds, or 0 for a queue without priorities. */
    private final long ageingNanos;

    private volatile TaskQueue queue;
    private volatile int capacity;

    /** Whether what is in the queue cannot be taken until somebody has replaced it; written under the lock. */
    private volatile boolean replacing;

    /** Tasks that ended before they began, and are perhaps in the queue. */
    private final AtomicInteger dead = new AtomicInteger();

    // Guarded by the lock.
    private final ArrayDeque<Entry> first = new ArrayDeque<>();
    private volatile boolean closed;
    private long acceptedEarlier;
    private int peakEarlier;

    /** Whether {@link #first} has something; written under the lock. */
    private volatile boolean hasFirst;

    /** How many of {@link #first} were in the queue before, and still count as such; written under the lock. */
    private volatile int givenBack;

    Backlog(int capacity, long ageingNanos, WorkerCounts census, Clocks clocks, ReentrantLock lock) {
        this.census = census;
        this.capacity = capacity;
        this.ageingNanos = ageingNanos;
        this.clocks = clocks;
        this.lock = lock;
        this.queue = create(Math.min(capacity, FIRST_SLOTS));
    }

    /** With a ring, memory is for as many tasks as have been in it at once; the others grow by themselves. */
    private TaskQueue create(int slots) {
        if (capacity == 0) {
            return new HandoffQueue(census, clocks);
        }
        return ageingNanos > 0
                ? new PriorityTaskQueue(capacity, ageingNanos, clocks)
                : new RingQueue(Math.min(slots, capacity), slots, clocks);
    }

    boolean hasPriorities() {
        return ageingNanos > 0;
    }

    /** Closed only if the pool is shut down. */
    Answer offer(Runnable task) {
        int aside = givenBack;
        TaskQueue current = queue;
        if (aside != 0 && current.size() + aside >= capacity) {
            return closed ? Answer.CLOSED : Answer.FULL;
        }
        return current.offer(task);
    }

    boolean poll(Taken into) {
        return queue.poll(into);
    }

    boolean pollVictim(Taken into) {
        return queue.pollVictim(into);
    }

    /** Whether there is one if there is no room; what a worker gave back does not give way. */
    boolean hasVictimIfFull() {
        return givenBack < capacity;
    }

    /** Requires the lock. */
    @Nullable
    Runnable pollFirst(Taken into) {
        Entry entry = first.pollFirst();
        givenBack = Math.max(0, givenBack - 1); // those are the first
        hasFirst = !first.isEmpty();
        if (entry == null) {
            return null;
        }
        into.submittedNanos = entry.submittedNanos();
        into.sampled = false;
        return entry.task();
    }

    boolean hasFirst() {
        return hasFirst;
    }

    /** Requires the lock. */
    void giveBack(Runnable task, long submittedNanos) {
        first.addFirst(new Entry(task, submittedNanos));
        int before = givenBack;
        givenBack = before + 1;
        hasFirst = true;
    }

    /** Requires the lock. */
    void addFirst(Entry entry) {
        first.addLast(entry);
        hasFirst = true;
    }

    boolean isEmpty() {
        return !hasFirst && queue.isEmpty();
    }

    boolean isBeingReplaced() {
        return replacing;
    }

    int size() {
        lock.lock();
        try {
            return waiting();
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    int waiting() {
        return first.size() + queue.size();
    }

    boolean hasRoom() {
        int limit = capacity;
        return length() < (limit == 0 ? WorkerCounts.idle(census.read()) : limit);
    }

    /** What counts against the capacity; about, and without a lock in a queue without priorities. */
    int length() {
        return queue.size() + givenBack;
    }

    int capacity() {
        return capacity;
    }

    void died() {
        dead.incrementAndGet();
    }

    /** Whether {@link #makeRoom} may have an effect. */
    boolean mayMakeRoom() {
        return dead.get() != 0 || queue.capacity() < capacity;
    }

    /** Requires the lock. What it returns ended before it began, and was in the queue. */
    List<Runnable> makeRoom() {
        return mayMakeRoom() ? replace(Math.min((long) queue.capacity() * 4, capacity)) : List.of();
    }

    /** Requires the lock. What it returns ended before it began, and was in the queue. */
    List<Runnable> resize(int newCapacity) {
        capacity = newCapacity;
        return replace(Math.min(newCapacity, Math.max(FIRST_SLOTS, queue.capacity())));
    }

    /** Requires the lock. */
    private List<Runnable> replace(long slots) {
        replacing = true;
        try {
            return moveAll(slots);
        } finally {
            replacing = false;
        }
    }

    private List<Runnable> moveAll(long slots) {
        List<Runnable> ended = new ArrayList<>();
        dead.set(0); // first: a task that dies from now on may be moved, and is counted for the next time
        TaskQueue old = queue;
        List<Entry> left = old.freeze();
        left.removeIf(entry -> {
            boolean isDead = entry.task() instanceof PoolTask<?> task && !task.isWaiting();
            if (isDead) {
                ended.add(entry.task());
            }
            return isDead;
        });
        TaskQueue next = create((int) Math.max(slots, left.size()));
        left.forEach(next::restore);
        if (closed) {
            next.close();
        }
        acceptedEarlier += old.accepted();
        peakEarlier = Math.max(peakEarlier, old.peak());
        queue = next;
        return ended;
    }

    /** Requires the lock. */
    void close() {
        closed = true;
        queue.close();
    }

    /** Requires the lock; the pool is shut down, or has no worker. Takes all that is left. */
    List<Entry> drain() {
        List<Entry> left = new ArrayList<>(first);
        first.clear();
        givenBack = 0;
        hasFirst = false;
        TaskQueue old = queue;
        replacing = true;
        left.addAll(old.freeze());
        acceptedEarlier += old.accepted();
        peakEarlier = Math.max(peakEarlier, old.peak());
        TaskQueue next = create(Math.min(capacity, FIRST_SLOTS));
        if (closed) {
            next.close();
        }
        queue = next;
        replacing = false;
        return left;
    }

    /** Requires the lock. */
    long accepted() {
        return acceptedEarlier + queue.accepted();
    }

    /** Requires the lock. */
    int peak() {
        return Math.max(peakEarlier, queue.peak());
    }
}

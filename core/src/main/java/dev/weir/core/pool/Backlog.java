package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Entry;
import dev.weir.core.pool.TaskQueue.Taken;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that wait for a worker.
 *
 * <p>The queue is replaced, under the pool's lock, to change its capacity, and to get rid of tasks in it that have
 * ended (by a cancel or a timeout) when it is full: the old one is frozen, what is left is moved, the new one is
 * published. Meanwhile {@link #offer} waits and {@link #poll} finds nothing; the caller that replaces the queue has to
 * wake workers and submitters afterwards. Where there is no memory for another queue, the old one goes on as it was,
 * and the caller gets the OutOfMemoryError.
 *
 * <p><b>Cost of a cancel.</b> A task that has ended gives its place back at once, though it stays in the queue: the
 * queue that takes the place of a full one has <i>slack</i>, places beyond the capacity, and from then on what counts
 * is the number of tasks that have not ended. The slack is half of what is in the queue, so it takes that number of
 * cancels until everything is moved again: a constant number of moves for each.
 */
final class Backlog {
    private static final int FIRST_SLOTS = 1_024;
    private static final int MIN_SLACK = 16;
    private static final int MAX_SLOTS = 1 << 30;

    private final PoolState state;

    /** In nanoseconds, or 0 for a queue without priorities. */
    private final long ageingNanos;

    /** Of tenants, or null for a queue without fair shares. */
    private final @Nullable Map<String, Integer> weights;

    // Written under the pool's lock.
    private volatile TaskQueue queue;
    private volatile int capacity;

    /** Whether the queue takes more than the capacity, so that it does not know by itself when it is full. */
    private volatile boolean slack;

    /** Whether what is in the queue cannot be taken until somebody has replaced it. */
    private volatile boolean replacing;

    private volatile boolean closed;

    /**
     * Tasks that have ended before they began, and that nobody has met since: those in the queue, and a few on their
     * way.
     */
    private final AtomicInteger dead = new AtomicInteger();

    // Guarded by the pool's lock.
    private long acceptedEarlier;
    private int peakEarlier;

    Backlog(PoolState state, int capacity, long ageingNanos, @Nullable Map<String, Integer> weights) {
        this.state = state;
        this.capacity = capacity;
        this.ageingNanos = ageingNanos;
        this.weights = weights;
        int slots = Math.min(capacity, FIRST_SLOTS);
        this.queue = create(slots, slots);
    }

    /** The name of its pool. */
    String pool() {
        return state.name;
    }

    /** With a ring, memory is for as many tasks as have been in it at once; the others grow by themselves. */
    private TaskQueue create(int bound, int slots) {
        if (capacity == 0) {
            return new HandoffQueue(state.counts, state.clocks);
        }
        if (weights != null) {
            return new FairTaskQueue(Math.max(bound, capacity), weights, state.clocks);
        }
        return ageingNanos > 0
                ? new PriorityTaskQueue(Math.max(bound, capacity), ageingNanos, state.clocks)
                : new RingQueue(bound, slots, state.clocks);
    }

    /** Whether tasks are sorted, by priority or for fair shares, for which there must be places. */
    boolean isSorted() {
        return ageingNanos > 0 || weights != null;
    }

    /** Answers CLOSED also while the queue is replaced. */
    Answer offer(Runnable task) {
        if (slack && !hasRoom()) {
            return closed ? Answer.CLOSED : Answer.FULL;
        }
        return queue.offer(task);
    }

    boolean poll(Taken into) {
        return queue.poll(into);
    }

    /** Takes the task that gives way to a newer one. */
    boolean pollVictim(Taken into) {
        return queue.pollVictim(into);
    }

    /** Whether a full queue has a task that can give way. */
    boolean hasVictimIfFull() {
        return capacity != 0;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** How many tasks in the queue have not ended; about, while others change it. */
    int waiting() {
        return Math.max(0, queue.size() - dead.get());
    }

    boolean isBeingReplaced() {
        return replacing;
    }

    /** The length of the queue, without a lock if it is not sorted; about, while others change it. */
    int size() {
        return queue.size();
    }

    boolean hasRoom() {
        int limit = capacity;
        return queue.size() - dead.get() < (limit == 0 ? state.idle() : limit);
    }

    int capacity() {
        return capacity;
    }

    /** A task has ended before it began, and gives its place back. */
    void died() {
        dead.incrementAndGet();
    }

    /** Somebody has met a task that had ended, outside of the queue. */
    void metDead() {
        dead.decrementAndGet();
    }

    /** Whether {@link #makeRoom} has an effect, for a queue that is full. */
    boolean mayMakeRoom() {
        return capacity != 0 && isFull() && hasRoom();
    }

    /** Whether the queue has no slot left, be it of tasks that have ended. */
    boolean isFull() {
        TaskQueue current = queue;
        return current.size() >= current.capacity();
    }

    /** Requires the lock. What it returns ended before it began, and was in the queue. */
    List<Runnable> makeRoom() {
        return mayMakeRoom() ? replace(Math.min(4L * queue.capacity(), capacity)) : List.of();
    }

    /** Requires the lock. What it returns ended before it began, and was in the queue. */
    List<Runnable> resize(int newCapacity) {
        int before = capacity;
        capacity = newCapacity;
        try {
            return replace(Math.min(newCapacity, Math.max(FIRST_SLOTS, queue.capacity())));
        } catch (Throwable noMemory) {
            capacity = before;
            throw noMemory;
        }
    }

    /** Requires the lock. */
    private List<Runnable> replace(long bound) {
        replacing = true;
        TaskQueue old = queue;
        try {
            List<Entry> left = old.freeze();
            try {
                List<Runnable> ended = new ArrayList<>();
                left.removeIf(entry -> {
                    boolean isDead = entry.isDead();
                    if (isDead) {
                        ended.add(entry.task());
                    }
                    return isDead;
                });
                long wanted = bound;
                if (!ended.isEmpty() && capacity != 0) {
                    wanted = Math.max(wanted, left.size() + Math.max(MIN_SLACK, left.size() / 2L));
                }
                int size = (int) Math.min(wanted, MAX_SLOTS);
                TaskQueue next = filled(create(size, Math.max(size, left.size())), left);
                dead.addAndGet(-ended.size()); // before the queue without them is used
                publish(old, next);
                return ended;
            } catch (Throwable noMemory) {
                old.reopen();
                throw noMemory;
            }
        } finally {
            replacing = false;
        }
    }

    /** Requires the lock; the pool is shut down, or has no worker. Takes all that is left. */
    List<Entry> drain() {
        replacing = true;
        try {
            int slots = Math.min(capacity, FIRST_SLOTS);
            TaskQueue old = queue;
            TaskQueue next = create(slots, slots);
            List<Entry> left = old.freeze();
            publish(old, next);
            return left;
        } finally {
            replacing = false;
        }
    }

    private static TaskQueue filled(TaskQueue next, List<Entry> entries) {
        for (Entry entry : entries) {
            next.restore(entry);
        }
        return next;
    }

    /** Needs no memory: what there may be no memory for is done before, while the old queue can still go on. */
    private void publish(TaskQueue old, TaskQueue next) {
        if (closed) {
            next.close();
        }
        acceptedEarlier += old.accepted();
        peakEarlier = Math.max(peakEarlier, old.peak());
        slack = capacity != 0 && next.capacity() > capacity;
        queue = next;
        old.forget();
    }

    /** Requires the lock. */
    void close() {
        closed = true;
        queue.close();
    }

    /** Requires the lock. */
    long accepted() {
        return acceptedEarlier + queue.accepted();
    }

    /** Requires the lock. */
    int peak() {
        return Math.max(peakEarlier, queue.peak());
    }

    /**
     * Where the queue is: another one if it was replaced, how many tasks were taken, and how many of the rest ended.
     */
    Position position() {
        TaskQueue current = queue;
        return new Position(current, current.accepted() - current.size(), dead.get());
    }

    /** Equal positions mean that no task has left the queue between the two. */
    record Position(TaskQueue queue, long taken, int dead) {}
}

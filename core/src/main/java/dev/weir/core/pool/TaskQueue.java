package dev.weir.core.pool;

import dev.weir.core.internal.ring.MpmcRing;
import java.util.List;

/**
 * Tasks that wait for a worker, up to a fixed number. A queue is used until it is frozen; to change its size or to take
 * something out of its middle, {@link Backlog} freezes it and moves what is left into another one.
 */
interface TaskQueue {
    /** The answers of {@link #offer}. */
    enum Answer {
        ACCEPTED,
        FULL,
        /** Closed or frozen. */
        CLOSED
    }

    /** A task and when it was submitted. */
    record Entry(Runnable task, long submittedNanos) {
        /** Whether the task has ended, by a cancel or a timeout. */
        boolean isDead() {
            return task instanceof PoolTask<?> own && own.isDead();
        }
    }

    /** What {@link #poll} fills; its owner uses it again and again. */
    final class Taken extends MpmcRing.Tagged<Runnable> {
        /** Whether this task's times are to be measured; then the submission's is exact. */
        boolean sampled;

        void set(Entry entry, boolean isSampled) {
            element = entry.task();
            tag = entry.submittedNanos();
            sampled = isSampled;
        }
    }

    /** The first of a queue's tasks are all sampled, and then one in this number; a power of two. */
    int SAMPLE_EVERY = 64;

    static boolean isSampled(long position) {
        return position < SAMPLE_EVERY || (position & (SAMPLE_EVERY - 1)) == 0;
    }

    Answer offer(Runnable task);

    /** Takes the next task; false if there is none, or if the queue is frozen. */
    boolean poll(Taken into);

    /** Takes the task that gives way to a newer one. */
    default boolean pollVictim(Taken into) {
        return poll(into);
    }

    default boolean isEmpty() {
        return size() == 0;
    }

    int size();

    int capacity();

    /** How many offers were accepted; what was put in by {@link #restore} does not count. */
    long accepted();

    /** How many tasks were in it at most. */
    int peak();

    /** From now on no task is accepted; those that were are still given out. */
    void close();

    /**
     * From now on no task is accepted or given out, except to the caller, who gets all that are left, in order. They
     * stay in here, too, until it calls {@link #forget}; or {@link #reopen}, if it has no memory for another queue. If
     * this throws, the queue is as it was.
     */
    List<Entry> freeze();

    /** Of a frozen queue: goes on as if it had not been frozen. */
    void reopen();

    /** Of a frozen queue: lets go of the tasks that were left. */
    void forget();

    /** Puts a task in, beyond the capacity if need be, before anybody else knows this queue. */
    void restore(Entry entry);
}

package dev.weir.core.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many workers there are, and what they do, in one word, so that a change of several numbers is seen at once.
 *
 * <pre>
 *   bits 42-62 workers, started or being started
 *   bits 21-41 of them: parked, to be woken by somebody
 *   bits  0-20 of them: searching: awake (or just woken, or starting) and looking for a task
 *
 *              task found                  woken
 *   working &lt;------------- searching &lt;------------- parked
 *      \------------------&gt;     \------------------&gt;   \-----&gt; ended, from any of them
 *          queue is empty            still empty
 * </pre>
 *
 * <p>All accesses are volatile: a submitter writes the queue and then reads this word, and a worker writes this word
 * and then reads the queue; so at least one of the two sees the other, and no task waits for a worker that sleeps.
 */
final class WorkerCounts {
    static final long SEARCHING = 1;
    static final long PARKED = 1L << 21;
    static final long WORKER = 1L << 42;
    static final int MAX = (1 << 21) - 1;

    private final AtomicLong word = new AtomicLong();

    long read() {
        return word.get();
    }

    long add(long change) {
        return word.addAndGet(change);
    }

    static int searching(long word) {
        return (int) word & MAX;
    }

    static int parked(long word) {
        return (int) (word >>> 21) & MAX;
    }

    static int workers(long word) {
        return (int) (word >>> 42);
    }

    static int idle(long word) {
        return searching(word) + parked(word);
    }
}

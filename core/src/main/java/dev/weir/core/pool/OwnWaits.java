package dev.weir.core.pool;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Refuses the wait by which a pool would come to a standstill: that of the last one of its workers, when all the others
 * already wait for tasks of the pool that have not ended, so that nobody is left to run them.
 *
 * <p>Exact, and O(1) for a wait that is not refused: each waiting worker is counted, and the waits are looked at only
 * by the worker that completes the number. The word counts those that wait in its lower half and those that have ever
 * begun to in its upper half. If it has not changed during the look, all were waiting at once all the time; and none of
 * what they wait for had ended.
 *
 * <p>Where the maximum is lowered, or a worker ends, those that are left may all be waiting: then there may be
 * {@linkplain #holdAll one more}. A worker is counted as admitted, <i>then</i> looks at workers and maximum once more;
 * who changes these looks at the number of the admitted afterwards: so one of the two finds that nobody is left.
 */
final class OwnWaits {
    private static final long WAITING = 1;
    private static final long BEGUN = 1L << 32;

    /** A task that a worker may wait for. */
    interface Awaited {
        /** Whether it has not ended, and only a worker can bring it to its end. */
        boolean needsWorker();
    }

    private final PoolState state;
    private final AtomicLong word = new AtomicLong();

    /** Those whose wait has not been refused. */
    private final AtomicInteger admitted = new AtomicInteger();

    private final Map<Thread, Awaited> waits = new ConcurrentHashMap<>();

    OwnWaits(PoolState state) {
        this.state = state;
    }

    /**
     * To be called before an untimed wait for a task of the pool.
     *
     * @return whether {@link #leave} is to be called after it
     * @throws IllegalStateException if all workers would wait
     */
    boolean enter(Awaited task) {
        if (WorkerThread.of(state) == null) {
            return false;
        }
        waits.put(Thread.currentThread(), task); // before the count, for the worker that completes it
        long now = word.addAndGet(BEGUN + WAITING);
        if (isStandstill(now)) {
            end();
            throw refusal();
        }
        admitted.incrementAndGet();
        int workers = state.workers();
        if (workers >= state.limits.max() && holdAll(workers)) {
            leave();
            throw refusal();
        }
        return true;
    }

    private IllegalStateException refusal() {
        return new IllegalStateException("a task of " + state.name + " would wait for another one of " + state.name
                + ", and no worker would be left that does not wait");
    }

    private boolean isStandstill(long now) {
        int workers = state.workers();
        if ((int) now < workers || workers < state.limits.max()) {
            return false;
        }
        return allNeedWorkers() && word.get() == now;
    }

    /** Whether as many workers wait, each for a task that only another worker can bring to its end. */
    boolean holdAll(int workers) {
        if (admitted.get() < workers) {
            return false;
        }
        long now = word.get();
        return allNeedWorkers() && word.get() == now && admitted.get() >= workers;
    }

    private boolean allNeedWorkers() {
        for (Awaited task : waits.values()) {
            if (!task.needsWorker()) {
                return false;
            }
        }
        return true;
    }

    void leave() {
        admitted.decrementAndGet();
        end();
    }

    private void end() {
        word.addAndGet(-WAITING);
        waits.remove(Thread.currentThread());
    }
}

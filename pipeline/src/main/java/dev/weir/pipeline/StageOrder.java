package dev.weir.pipeline;

import dev.weir.core.ThrowingFunction;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Which of a stage's workers takes which element, and when the outcome is passed on. */
interface StageOrder {
    /** What the worker is to do next; null when there is no more. */
    @Nullable
    Object take(WorkerStats worker) throws InterruptedException;

    /** The worker has done what it took last. */
    void finish(WorkerStats worker, Object outcome) throws InterruptedException;

    /** Each worker takes the next element and passes its result on at once. */
    record AsDone(WorkStage stage, StageBuffer input) implements StageOrder {
        @Override
        public @Nullable Object take(WorkerStats worker) throws InterruptedException {
            return stage.take(worker, input);
        }

        @Override
        public void finish(WorkerStats worker, Object outcome) throws InterruptedException {
            stage.deliver(worker, outcome);
        }
    }

    /**
     * Results are passed on in the order in which their elements came. They wait for those before them in a ring of
     * bounded size, at the element's place in the order of arrival. Whoever finishes becomes the one to pass on what is
     * next, as long as that is done, unless another is at it, who then looks again.
     *
     * <p>A worker whose place is too far from the next waits before it works. The one with the next place never waits,
     * so all come forward; and results behind a slow element are never more than the ring holds.
     */
    final class AsCome implements StageOrder {
        private final WorkStage stage;
        private final StageBuffer input;
        private final int size;
        private final AtomicReferenceArray<@Nullable Object> done;
        private final AtomicBoolean passing = new AtomicBoolean();
        private final StageWaiters forRoom;
        private volatile long next;

        AsCome(WorkStage stage, StageBuffer input) {
            this.stage = stage;
            this.input = input;
            this.size = Math.max(stage.spec.buffer, stage.spec.workers);
            this.done = new AtomicReferenceArray<>(size);
            this.forRoom = new StageWaiters(stage.time);
        }

        @Override
        public @Nullable Object take(WorkerStats worker) throws InterruptedException {
            Object item = stage.take(worker, input);
            if (item != null && worker.place - next >= size) {
                awaitRoom(worker);
            }
            return item;
        }

        private void awaitRoom(WorkerStats worker) throws InterruptedException {
            long place = worker.place;
            worker.waits(WorkerStats.BLOCKED);
            try {
                forRoom.await(() -> place - next < size || stage.pipeline.isStopped());
            } finally {
                worker.goesOn();
            }
            if (place - next >= size) {
                throw new InterruptedException("the pipeline was stopped");
            }
        }

        @Override
        public void finish(WorkerStats worker, Object outcome) throws InterruptedException {
            done.set((int) (worker.place % size), outcome);
            while (done.get((int) (next % size)) != null && passing.compareAndSet(false, true)) {
                passOn(worker);
                passing.set(false); // not if this was stopped: then nobody may pass on what comes after
            }
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // only who passes on writes it
        private void passOn(WorkerStats worker) throws InterruptedException {
            while (true) {
                int slot = (int) (next % size);
                Object outcome = done.get(slot);
                if (outcome == null) {
                    return;
                }
                done.set(slot, null);
                next++; // volatile, so before the look for those who wait for it
                if (!forRoom.isEmpty()) {
                    forRoom.signalAll();
                }
                stage.deliver(worker, outcome);
            }
        }
    }

    /**
     * Elements of one key are worked on one after the other, in the order in which they came. One whose key is being
     * worked on is set aside for the worker that is at it, so that it holds nobody up; at most as many as the stage's
     * buffer holds are set aside. There is an entry only for a key that is being worked on, so never more than workers.
     */
    final class ByKey implements StageOrder {
        private final WorkStage stage;
        private final StageBuffer input;
        private final ThrowingFunction<Object, @Nullable Object, ?> keyOf;
        private final int most;

        /** Whoever holds it takes from the link, so that elements are assigned in order. User code runs under it. */
        private final ReentrantLock taking = new ReentrantLock();

        private final StageWaiters forRoom;
        private final ReentrantLock lock = new ReentrantLock();
        private final Map<Object, ArrayDeque<Object>> busy = new HashMap<>(); // guarded by the lock
        private volatile int aside; // written under the lock

        ByKey(WorkStage stage, StageBuffer input) {
            this.stage = stage;
            this.input = input;
            this.keyOf = stage.spec.key;
            this.most = stage.spec.buffer;
            this.forRoom = new StageWaiters(stage.time);
        }

        @Override
        public @Nullable Object take(WorkerStats worker) throws InterruptedException {
            Object mine = worker.setAside;
            if (mine != null) {
                worker.setAside = null;
                return mine;
            }
            if (!taking.tryLock()) {
                worker.waits(WorkerStats.STARVED);
                try {
                    taking.lockInterruptibly();
                } finally {
                    worker.goesOn();
                }
            }
            try {
                return takeInTurn(worker);
            } finally {
                taking.unlock();
            }
        }

        private @Nullable Object takeInTurn(WorkerStats worker) throws InterruptedException {
            while (true) {
                if (aside >= most) {
                    awaitRoom(worker);
                }
                Object item = stage.take(worker, input);
                if (item == null) {
                    return null;
                }
                Object key;
                try {
                    key = Objects.requireNonNull(keyOf.apply(WorkStage.elementOf(item)), "the stage's key is null");
                    stage.clearInterrupt();
                } catch (Throwable failure) {
                    stage.failed(worker, item, failure);
                    stage.clearInterrupt();
                    continue;
                }
                if (isMine(key, item)) {
                    worker.key = key;
                    return item;
                }
            }
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
        private boolean isMine(Object key, Object item) {
            lock.lock();
            try {
                ArrayDeque<Object> before = busy.get(key);
                if (before == null) {
                    busy.put(key, new ArrayDeque<>(0));
                    return true;
                }
                before.add(item);
                aside++;
                return false;
            } finally {
                lock.unlock();
            }
        }

        private void awaitRoom(WorkerStats worker) throws InterruptedException {
            worker.waits(WorkerStats.BLOCKED);
            try {
                forRoom.await(() -> aside < most || stage.pipeline.isStopped());
            } finally {
                worker.goesOn();
            }
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
        public void finish(WorkerStats worker, Object outcome) throws InterruptedException {
            stage.deliver(worker, outcome);
            Object key = Objects.requireNonNull(worker.key);
            lock.lock();
            try {
                worker.setAside = Objects.requireNonNull(busy.get(key)).poll();
                if (worker.setAside == null) {
                    busy.remove(key);
                } else {
                    aside--;
                }
            } finally {
                lock.unlock();
            }
            if (worker.setAside != null) {
                forRoom.signal(); // after aside--, which is volatile
            }
        }
    }
}

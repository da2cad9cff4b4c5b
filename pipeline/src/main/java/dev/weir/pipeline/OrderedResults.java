package dev.weir.pipeline;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Results are passed on in the order in which their elements came. They wait for those before them in a ring of bounded
 * size, at the element's place in the order of arrival. A worker that finishes becomes the one to pass on what is next,
 * as long as that is done, unless another is at it, which then looks again.
 *
 * <p>A worker whose place is too far from the next waits before it works. The one with the next place never waits, so
 * all come forward; and results behind a slow element are never more than the ring holds.
 */
final class OrderedResults implements StageOrder {
    private final WorkStage stage;
    private final StageBuffer input;
    private final int size;
    private final AtomicReferenceArray<@Nullable Object> done;
    private final AtomicBoolean passing = new AtomicBoolean();
    private final StageWaiters forRoom;
    private volatile long next;

    OrderedResults(WorkStage stage, StageBuffer input) {
        this.stage = stage;
        this.input = input;
        this.size = Math.max(stage.spec.buffer, stage.spec.workers);
        this.forRoom = new StageWaiters(
                () -> stage.name, () -> "room for a result behind one that is not done, number " + next);
        this.done = new AtomicReferenceArray<>(size);
    }

    @Override
    public int maxWorkers() {
        return size;
    }

    @Override
    public @Nullable Object take(StageWorker worker) throws InterruptedException {
        Object item = stage.take(worker, input);
        if (item != null && worker.place - next >= size) {
            awaitRoom(worker);
        }
        return item;
    }

    private void awaitRoom(StageWorker worker) throws InterruptedException {
        long place = worker.place;
        worker.waits(WorkerStats.BLOCKED);
        try {
            forRoom.await(() -> place - next < size || stage.pipeline.isStopped(), worker.waiter);
        } finally {
            worker.goesOn();
        }
        if (place - next >= size) {
            throw new InterruptedException("the pipeline was stopped");
        }
    }

    @Override
    public void finish(StageWorker worker, Object outcome) throws InterruptedException {
        done.set((int) (worker.place % size), outcome);
        while (done.get((int) (next % size)) != null && passing.compareAndSet(false, true)) {
            passOn(worker);
            passing.set(false); // not if this was stopped: then nobody may pass on what comes after
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written only by the worker that passes on
    private void passOn(StageWorker worker) throws InterruptedException {
        while (true) {
            int slot = (int) (next % size);
            Object outcome = done.get(slot);
            if (outcome == null) {
                return;
            }
            done.set(slot, null);
            next++; // volatile, so before the look for those that wait for it
            if (!forRoom.isEmpty()) {
                forRoom.signalAll();
            }
            stage.deliver(worker, outcome);
        }
    }
}

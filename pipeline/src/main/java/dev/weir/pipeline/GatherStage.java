package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stage that passes elements on in lists: batches or windows. An element is out when the last list that it belongs to
 * has been passed on.
 */
final class GatherStage extends Stage {
    private final StageBuffer from;

    GatherStage(StageSpec spec, StageBuffer input, RunningPipeline pipeline, TimeSource time) {
        super(spec, input, pipeline, time);
        this.from = input;
    }

    @Override
    void run(WorkerStats worker) throws InterruptedException {
        if (spec.kind == StageSpec.Kind.BATCH) {
            batch(worker);
        } else {
            window(worker);
        }
    }

    private void batch(WorkerStats worker) throws InterruptedException {
        while (true) {
            Object first = take(worker, from);
            if (first == null) {
                return;
            }
            long until = time.nanoTime() + spec.sizeNanos;
            List<Object> batch = new ArrayList<>();
            batch.add(first);
            while (batch.size() < spec.batchSize) {
                Object next = takeUntil(worker, until);
                if (next == null) {
                    break;
                }
                batch.add(next);
            }
            emitList(batch, worker);
            worker.add(WorkerStats.OUT, batch.size());
        }
    }

    private @Nullable Object takeUntil(WorkerStats worker, long nanos) throws InterruptedException {
        Object item = from.take(worker, true, nanos);
        if (item != null) {
            worker.add(WorkerStats.IN, 1);
        }
        return item;
    }

    private void window(WorkerStats worker) throws InterruptedException {
        Windows windows = new Windows(time.nanoTime(), spec.sizeNanos, spec.slideNanos);
        while (true) {
            Object item = windows.isEmpty() ? take(worker, from) : takeUntil(worker, windows.endNanos());
            if (item == null && pipeline.isStopped()) {
                // Not to look again and again until the link is empty: who empties it may need this thread's carrier.
                throw new InterruptedException("the pipeline was stopped");
            }
            long now = time.nanoTime();
            if (item == null && from.isEnded()) {
                List<Object> last = windows.items();
                if (windows.hasUntold()) {
                    emitList(last, worker);
                }
                leave(last, worker);
                return;
            }
            while (windows.isOver(now)) {
                emitList(windows.items(), worker);
                leave(windows.slide(), worker);
            }
            if (item != null) {
                windows.add(item, now);
            }
        }
    }

    /** Counts items that belong to no further window, and pays their shares. */
    private static void leave(List<Object> items, WorkerStats worker) {
        for (Object item : items) {
            if (item instanceof AckToken.Owed owed) {
                owed.receipt().pay();
            }
        }
        worker.add(WorkerStats.OUT, items.size());
    }

    /** Passes on a list that ends, for a batch, or shares, for a window, what its elements owe. */
    private void emitList(List<Object> items, WorkerStats worker) throws InterruptedException {
        if (items.stream().noneMatch(item -> item instanceof AckToken.Owed)) {
            emit(0, items, worker);
            return;
        }
        List<Object> elements = new ArrayList<>(items.size());
        List<AckToken> receipts = new ArrayList<>();
        for (Object item : items) {
            elements.add(WorkStage.elementOf(item));
            if (item instanceof AckToken.Owed owed) {
                receipts.add(owed.receipt());
            }
        }
        if (spec.kind == StageSpec.Kind.WINDOW) {
            receipts.forEach(receipt -> receipt.share(1));
        }
        emit(0, new AckToken.Owed(elements, AckToken.of(receipts)), worker);
    }
}

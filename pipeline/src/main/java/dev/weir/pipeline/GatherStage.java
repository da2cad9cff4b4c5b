package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stage that passes elements on in lists: batches or windows. An element is out when the last list that it belongs to
 * has been passed on.
 */
final class GatherStage extends Stage {
    private record Arrival(Object item, long nanos) {}

    private final StageLink from;

    GatherStage(StageSpec spec, StageLink input, RunningPipeline pipeline, TimeSource time) {
        super(spec, input, pipeline, time);
        this.from = input;
    }

    @Override
    void run(StageWorker worker) throws InterruptedException {
        if (spec.kind == StageSpec.Kind.BATCH) {
            batch(worker);
        } else {
            window(worker);
        }
    }

    private void batch(StageWorker worker) throws InterruptedException {
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
            worker.add(StageWorker.OUT, batch.size());
        }
    }

    private @Nullable Object takeUntil(StageWorker worker, long nanos) throws InterruptedException {
        Object item = from.take(worker, true, nanos);
        if (item != null) {
            worker.add(StageWorker.IN, 1);
        }
        return item;
    }

    /**
     * Windows end at every multiple of the slide after the start. All {@code arrivals} came before the {@code end} of the
     * next window and belong to it; the first {@code told} of them have been in one before.
     */
    private void window(StageWorker worker) throws InterruptedException {
        long start = time.nanoTime();
        ArrayDeque<Arrival> arrivals = new ArrayDeque<>();
        int told = 0;
        long end = 0;
        while (true) {
            Object item = arrivals.isEmpty() ? take(worker, from) : takeUntil(worker, end);
            long now = time.nanoTime();
            boolean over = item == null && from.isEnded();
            while (!arrivals.isEmpty() && (now - end >= 0 || over)) {
                if (!over || told < arrivals.size()) {
                    emitList(arrivals.stream().map(Arrival::item).toList(), worker);
                }
                end += spec.slideNanos;
                long begin = end - spec.sizeNanos;
                int gone = 0;
                for (Arrival first; (first = arrivals.peek()) != null && (over || first.nanos - begin < 0); gone++) {
                    pay(arrivals.remove());
                }
                told = arrivals.size();
                worker.add(StageWorker.OUT, gone);
            }
            if (over) {
                return;
            }
            if (item != null) {
                if (arrivals.isEmpty()) {
                    end = firstEndAfter(now, start);
                }
                arrivals.add(new Arrival(item, now));
            }
        }
    }

    private long firstEndAfter(long now, long start) {
        return start + (now - start) / spec.slideNanos * spec.slideNanos + spec.slideNanos;
    }

    private static void pay(Arrival arrival) {
        if (arrival.item instanceof Receipt.Owed owed) {
            owed.receipt().pay();
        }
    }

    /** Passes on a list that ends, for a batch, or shares, for a window, what its elements owe. */
    private void emitList(List<Object> items, StageWorker worker) throws InterruptedException {
        if (items.stream().noneMatch(item -> item instanceof Receipt.Owed)) {
            emit(0, items, worker);
            return;
        }
        List<Object> elements = new ArrayList<>(items.size());
        List<Receipt> receipts = new ArrayList<>();
        for (Object item : items) {
            elements.add(WorkStage.elementOf(item));
            if (item instanceof Receipt.Owed owed) {
                receipts.add(owed.receipt());
            }
        }
        if (spec.kind == StageSpec.Kind.WINDOW) {
            receipts.forEach(receipt -> receipt.share(1));
        }
        emit(0, new Receipt.Owed(elements, Receipt.of(receipts)), worker);
    }
}

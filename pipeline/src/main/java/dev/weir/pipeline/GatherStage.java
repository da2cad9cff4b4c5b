package dev.weir.pipeline;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import dev.weir.pipeline.AckToken.Acked;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A stage that passes elements on in lists: batches or windows. An element is out when the last list that it belongs to
 * has been passed on. The lists are unmodifiable, and counted before they are passed on.
 */
final class GatherStage extends Stage {
    /** How often the clock is looked at while there are elements to take: once in this number of them. */
    private static final int LOOK_EVERY = 16;

    private final StageBuffer from;

    GatherStage(StageSpec spec, String name, StageBuffer input, PipelineRun pipeline, TimeSource time) {
        super(spec, name, input, pipeline, time);
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
        Object first = take(worker, from);
        while (first != null) {
            long until = time.nanoTime() + spec.sizeNanos;
            List<Object> batch = new ArrayList<>();
            batch.add(first);
            first = null;
            for (long room = spec.batchSize - weight(batch.getFirst()); room > 0 && !isLate(batch, until); ) {
                Object next = takeUntil(worker, until);
                if (next == null) {
                    break;
                }
                long weight = weight(next);
                if (weight > room) {
                    first = next; // of the next list
                    break;
                }
                batch.add(next);
                room -= weight;
            }
            int size = batch.size();
            emitList(batch, worker);
            worker.add(WorkerStats.OUT, size);
            if (first == null) {
                first = take(worker, from);
            }
        }
    }

    /** Whether the time of a list is over although there are always more elements, which nobody waits for then. */
    private boolean isLate(List<Object> batch, long until) {
        boolean looks = spec.weigher != null || batch.size() % LOOK_EVERY == 0;
        return looks && time.nanoTime() - until >= 0;
    }

    private long weight(Object item) throws InterruptedException {
        ToLongFunction<Object> weigher = spec.weigher;
        if (weigher == null) {
            return 1;
        }
        if (isFinished()) {
            return spec.batchSize; // not weighed: it is left out later
        }
        Object element = Acked.elementOf(item);
        try {
            long weight = Acked.call(item, () -> weigher.applyAsLong(element));
            return Checks.notNegative(weight, "the weight of an element");
        } catch (Throwable failure) {
            pipeline.fail(name, element, failure);
            throw new InterruptedException();
        }
    }

    private @Nullable Object takeUntil(StageWorker worker, long nanos) throws InterruptedException {
        Object item = from.take(worker, nanos, time);
        if (item != null) {
            worker.add(WorkerStats.IN, 1);
        }
        return item;
    }

    private void window(StageWorker worker) throws InterruptedException {
        Windows windows = new Windows(time.nanoTime(), spec.sizeNanos, spec.slideNanos);
        while (true) {
            Object item = windows.isEmpty() ? take(worker, from) : takeUntil(worker, windows.endNanos());
            if (item == null && pipeline.isStopped()) {
                // Not to look again and again until the buffer is empty:
                // what empties it may need this thread's carrier.
                throw new InterruptedException("the pipeline was stopped");
            }
            long now = time.nanoTime();
            if (item == null && from.isEnded()) {
                List<Object> last = windows.items();
                if (windows.hasUnreported()) {
                    emitList(last, worker);
                }
                leave(last, worker);
                return;
            }
            if (item == null && !windows.isOver(now)) {
                throw new IllegalStateException("the TimeSource ended a wait early");
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

    /** Counts items that belong to no further window, and releases their tokens. */
    private static void leave(List<Object> items, StageWorker worker) {
        for (Object item : items) {
            Acked.release(item, worker);
        }
        worker.add(WorkerStats.OUT, items.size());
    }

    /** Passes on a list with what its elements owe to their source, which a window retains for the next one. */
    private void emitList(List<Object> items, StageWorker worker) throws InterruptedException {
        if (items.stream().noneMatch(item -> item instanceof Acked)) {
            emit(0, Collections.unmodifiableList(items), worker);
            return;
        }
        List<Object> elements = new ArrayList<>(items.size());
        List<AckToken> tokens = new ArrayList<>();
        for (Object item : items) {
            elements.add(Acked.elementOf(item));
            if (item instanceof Acked acked && acked.token() != null) {
                tokens.add(acked.token());
            }
        }
        if (spec.kind == StageSpec.Kind.WINDOW) {
            tokens.forEach(token -> token.retain(1));
        }
        AckToken token = tokens.isEmpty() ? null : AckToken.of(tokens);
        emit(0, new Acked(Collections.unmodifiableList(elements), token, null), worker);
    }
}

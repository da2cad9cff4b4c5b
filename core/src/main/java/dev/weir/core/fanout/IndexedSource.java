package dev.weir.core.fanout;

import dev.weir.core.internal.PaddedAtomicLong;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list with random access: a counter that all workers share says whose each item is. No worker holds an item that it
 * has not begun, so an item that takes long holds up no other one (decision record 0010).
 */
final class IndexedSource<T extends @Nullable Object> extends ItemSource<T> {
    private final FanOutRun<T, ?> run;
    private final List<? extends T> items;
    private final int size;

    /** The number of the next item; beyond the size by up to one for each worker at the end. */
    private final PaddedAtomicLong next = new PaddedAtomicLong();

    IndexedSource(FanOutRun<T, ?> run, List<? extends T> items) {
        this.run = run;
        this.items = items;
        this.size = items.size();
    }

    @Override
    boolean next(ItemWorker<T, ?> worker) {
        if (run.state.isStopped()) {
            return false;
        }
        long index = next.getAndIncrement();
        if (index >= size) {
            if (!run.state.isExhausted()) {
                run.exhausted(size);
            }
            return false;
        }
        worker.take(index, items.get((int) index), index + 1 < size);
        return true;
    }

    @Override
    long count() {
        return Math.min(next.get(), size);
    }
}

package dev.weir.core.fanout;

import java.util.List;
import java.util.RandomAccess;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The source of a call: hands out its items in their order, one at a time, each to one worker. */
abstract class ItemSource<T extends @Nullable Object> {
    static <T extends @Nullable Object> ItemSource<T> of(
            FanOutRun<T, ?> run, FanIn<?> fanIn, Iterable<? extends T> source) {
        if (source instanceof Frontier<?>) {
            return expanded(run, fanIn, source);
        }
        boolean indexed = isIndexed(source) && !fanIn.isBounded();
        return indexed
                ? new IndexedSource<>(run, (List<? extends T>) source)
                : new IteratedSource<>(run, fanIn, source);
    }

    @SuppressWarnings("unchecked") // a frontier is made with the type of its call
    private static <T extends @Nullable Object> ItemSource<T> expanded(
            FanOutRun<T, ?> run, FanIn<?> fanIn, Iterable<? extends T> source) {
        return new ExpandedSource<>(run, fanIn, (Frontier<T>) source);
    }

    /** Whether items are read by their number, so that there are exactly as many as the size says. */
    static boolean isIndexed(Iterable<?> source) {
        // Of a list that is copied when it is written only its iterator sees one state.
        return source instanceof List<?>
                && source instanceof RandomAccess
                && !(source instanceof CopyOnWriteArrayList<?>);
    }

    /** Gives the worker the next item; false if there is none any more, or the call is stopped. */
    abstract boolean next(ItemWorker<T, ?> worker);

    /** How many items have been handed out. */
    abstract long count();

    /** Called after room was made in the fan-in, and after a stop. */
    void wakeReader() {}
}

package dev.weir.core.fanout;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What {@link FanOut#expand(ExpandingFunction, dev.weir.core.ThrowingFunction) expand} does with an item, which may add
 * items.
 *
 * <p><b>Thread-safety.</b> Called by as many threads at once as the fan-out has workers, so it must be thread-safe; the
 * consumer that it is given may be called by any thread until the call returns. <b>Blocking.</b> It may block.
 * <b>Interruption.</b> Its thread is interrupted when the call stops. <b>Fairness.</b> None: added items are begun in
 * some order. <b>Memory effects.</b> What happens before an item is added happens-before the work on it.
 *
 * @param <T> the type of the items
 * @param <R> the type of a result
 * @param <X> the type of the checked exception that it throws
 */
@FunctionalInterface
public interface ExpandingFunction<T extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {
    /**
     * Does it.
     *
     * @param item the item
     * @param more adds an item to the call; does not wait, except for an executor that makes its submitters wait, when
     *     another worker is to be started there. It may be called by any thread while this method runs, and throws an
     *     {@link IllegalStateException} afterwards
     * @return the result
     * @throws X if it fails
     * @throws InterruptedException if it is interrupted
     */
    R apply(T item, Consumer<? super T> more) throws X, InterruptedException;
}

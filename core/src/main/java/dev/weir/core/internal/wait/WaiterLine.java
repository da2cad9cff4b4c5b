package dev.weir.core.internal.wait;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Waiters in the order in which they are served, which is that of the {@link WaiterOrder} that made the line. Guarded by
 * the owner's lock. Only {@link #add} and {@link #iterator} may need memory; when they fail, nothing has changed.
 *
 * @param <W> the type of its waiters
 */
public interface WaiterLine<W extends Waiter> extends Iterable<W> {
    /**
     * Adds a waiter at its place.
     *
     * @param waiter the waiter
     * @throws IllegalStateException if it stands in a line
     */
    void add(W waiter);

    /**
     * Takes a waiter out that gives up: the others are served as if it had not been. Another one may be the first then,
     * also if this one was not.
     *
     * @param waiter the waiter
     * @return false if it does not stand in this line
     */
    boolean remove(W waiter);

    /**
     * Takes the first waiter out because it has got what it waits for, which counts for its class.
     *
     * @param first the first waiter
     */
    void served(W first);

    /**
     * The waiter that is served next.
     *
     * @return the waiter, or null if there is none
     */
    @Nullable
    W peekFirst();

    /**
     * Whether a waiter stands in this line.
     *
     * @param waiter the waiter
     * @return true if it was added and not taken out
     */
    boolean contains(W waiter);

    /**
     * How many waiters there are.
     *
     * @return the number
     */
    int size();

    /**
     * Whether nobody waits.
     *
     * @return true if there is no waiter
     */
    default boolean isEmpty() {
        return size() == 0;
    }

    /**
     * The waiters in the order in which they are served if nobody comes or leaves. The waiter that it has just given may
     * be taken out on the way.
     *
     * @return an iterator that removes nothing itself
     */
    @Override
    Iterator<W> iterator();
}

package dev.weir.core.fanout;

import dev.weir.core.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Which items had completed and which had not when the first item of {@link FanOut#firstCompleted} had completed.
 * Immutable and thread-safe.
 *
 * @param first the number of the item that completed first, from 0
 * @param outcomes how each item ended, in their order. Those that were running are {@link Outcome.Cancelled} and
 *     {@code started}, and those that were waiting {@link Outcome.Cancelled} and not {@code started}
 * @param <R> the type of a result
 */
public record FirstCompleted<R extends @Nullable Object>(int first, List<Outcome<R>> outcomes) {
    /**
     * Creates the record.
     *
     * @param first the number of the item that completed first
     * @param outcomes the outcomes; not copied
     * @throws IndexOutOfBoundsException if there is no such outcome
     */
    public FirstCompleted {
        outcomes = Collections.unmodifiableList(Objects.requireNonNull(outcomes, "outcomes"));
        outcomes.get(first);
    }

    /**
     * Returns how the first item ended.
     *
     * @return its value or its failure
     */
    public Outcome<R> outcome() {
        return outcomes.get(first);
    }

    /**
     * Returns which items were done.
     *
     * @return the numbers of the items that returned, failed or took too long: the first, and others that completed at
     *     the same time or before they could be interrupted
     */
    public List<Integer> done() {
        return numbers(false);
    }

    /**
     * Returns which items were pending.
     *
     * @return the numbers of the items that were cancelled because another one was first
     */
    public List<Integer> pending() {
        return numbers(true);
    }

    private List<Integer> numbers(boolean pending) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < outcomes.size(); i++) {
            if (pending == isPending(outcomes.get(i))) {
                numbers.add(i);
            }
        }
        return Collections.unmodifiableList(numbers);
    }

    private static boolean isPending(Outcome<?> outcome) {
        return outcome instanceof Outcome.Cancelled<?> cancelled && cancelled.cause() instanceof CancellationException;
    }
}

package dev.weir.batch;

import dev.weir.core.Outcome;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Callbacks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The user's function in its most general form: items in, an outcome for each out, in their order. */
@FunctionalInterface
interface BulkFunction<I, O extends @Nullable Object> {
    /** How much of an item's description an exception shows. */
    int MAX_DESCRIPTION = 200;

    List<? extends Outcome<? extends O>> apply(List<I> items) throws Throwable;

    static <I, O extends @Nullable Object> BulkFunction<I, O> ofLists(
            ThrowingFunction<List<I>, ? extends List<? extends O>, ?> function) {
        Objects.requireNonNull(function, "function");
        return items -> {
            List<? extends O> results = requireResult(function.apply(items));
            List<Outcome<O>> outcomes = new ArrayList<>(items.size());
            for (O result : results) {
                outcomes.add(Outcome.success(result));
            }
            return outcomes;
        };
    }

    static <I, O extends @Nullable Object> BulkFunction<I, O> ofMaps(
            ThrowingFunction<List<I>, ? extends Map<I, ? extends O>, ?> function) {
        Objects.requireNonNull(function, "function");
        return items -> {
            List<I> different = new ArrayList<>(new LinkedHashSet<>(items));
            Map<I, ? extends O> results = requireResult(function.apply(Collections.unmodifiableList(different)));
            List<Outcome<O>> outcomes = new ArrayList<>(items.size());
            for (I item : items) {
                outcomes.add(outcomeOf(item, results));
            }
            return outcomes;
        };
    }

    @SuppressWarnings("NullAway") // what the map returns for a key that it contains is an O
    private static <I, O extends @Nullable Object> Outcome<O> outcomeOf(I item, Map<I, ? extends O> results) {
        O result = results.get(item);
        if (result == null && !results.containsKey(item)) {
            String text = Callbacks.describe(item);
            String shown = text.length() <= MAX_DESCRIPTION ? text : text.substring(0, MAX_DESCRIPTION) + "…";
            return Outcome.failure(new NoSuchElementException("the bulk function returned no result for " + shown));
        }
        return Outcome.success(result);
    }

    static <I, O extends @Nullable Object> BulkFunction<I, O> ofOutcomes(
            ThrowingFunction<List<I>, ? extends List<? extends Outcome<? extends O>>, ?> function) {
        Objects.requireNonNull(function, "function");
        return items -> requireResult(function.apply(items));
    }

    private static <R> R requireResult(@Nullable R result) {
        return Objects.requireNonNull(result, "the bulk function returned null");
    }
}

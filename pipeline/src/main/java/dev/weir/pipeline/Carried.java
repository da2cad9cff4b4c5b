package dev.weir.pipeline;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An element with the context of the thread that made this, to be sent through a channel and into a pipeline.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="carried"}
 *
 * <p><b>Thread-safety.</b> Immutable, and as thread-safe as the element. Nothing blocks but the function that
 * {@link #call} is given.
 *
 * @param <T> the type of the element
 */
public final class Carried<T> {
    final Contexts.Snapshot context;
    private final T value;

    private Carried(T value, Contexts.Snapshot context) {
        this.value = value;
        this.context = context;
    }

    /**
     * Takes along what {@link ContextCarrier#defaults()} carry.
     *
     * @param value the element
     * @param <T> its type
     * @return the element with the context of the current thread
     */
    public static <T> Carried<T> of(T value) {
        return of(value, Contexts.byDefault());
    }

    /**
     * Takes along what the carriers carry.
     *
     * @param value the element
     * @param carriers what carries the context, installed in this order; none carries nothing
     * @param <T> its type
     * @return the element with the context of the current thread
     */
    public static <T> Carried<T> of(T value, ContextCarrier... carriers) {
        return of(value, Contexts.of(Checks.noneNull(carriers, "carriers")));
    }

    private static <T> Carried<T> of(T value, Contexts contexts) {
        return new Carried<>(Objects.requireNonNull(value, "value"), contexts.capture());
    }

    /**
     * The element.
     *
     * @return the element, without its context
     */
    public T value() {
        return value;
    }

    /**
     * Applies a function to the element in the context that the element has, and puts back what the current thread had:
     * for a handler of {@link dev.weir.channel.Channel#consume}.
     *
     * @param function the function
     * @param <R> the type of its result
     * @param <X> the type of its checked exception
     * @return what it returned
     * @throws X what it threw
     * @throws InterruptedException if the function threw it
     */
    public <R extends @Nullable Object, X extends Throwable> R call(
            ThrowingFunction<? super T, ? extends R, X> function) throws X, InterruptedException {
        Objects.requireNonNull(function, "function");
        return context.<R, X>call(() -> function.apply(value));
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Carried[order 7]}
     */
    @Override
    public String toString() {
        return "Carried[" + Callbacks.describe(value) + "]";
    }
}

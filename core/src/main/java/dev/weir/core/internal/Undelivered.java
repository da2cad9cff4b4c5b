package dev.weir.core.internal;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What the user wants done with results that nobody takes: those of one type are released. Immutable and thread-safe,
 * as far as the user's callback is.
 *
 * @param <R> the type of the results that are released
 */
public final class Undelivered<R> {
    private final Class<R> type;
    private final Consumer<? super R> callback;

    /**
     * Makes a hook.
     *
     * @param type the type of the results that are released; others are dropped
     * @param callback releases one
     * @throws IllegalArgumentException if {@code type} is primitive, since no result is an instance of it
     */
    public Undelivered(Class<R> type, Consumer<? super R> callback) {
        this.type = Objects.requireNonNull(type, "type");
        this.callback = Objects.requireNonNull(callback, "callback");
        if (type.isPrimitive()) {
            throw new IllegalArgumentException("type must not be primitive, but is " + type);
        }
    }

    /**
     * Releases a result, if it is of the type. Throws nothing.
     *
     * @param result the result, or null
     * @param name the name of the call that it comes from, for the log
     * @param log where a failure of the callback is logged at ERROR
     */
    public void release(@Nullable Object result, String name, Logger log) {
        if (type.isInstance(result)) {
            Callbacks.run(log, "the release of a result of " + name, () -> callback.accept(type.cast(result)));
        }
    }
}

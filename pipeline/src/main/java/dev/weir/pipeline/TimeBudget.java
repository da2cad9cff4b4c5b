package dev.weir.pipeline;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.scope.Timeouts;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Limits how long user code may work on one element, in several calls; what the worker does between them does not
 * count. Each call runs in a virtual thread of its own. For one thread at a time.
 */
final class TimeBudget {
    private final TimeSource time;
    private final Duration timeout;
    private Duration left = Duration.ZERO;

    TimeBudget(Duration timeout, TimeSource time) {
        this.timeout = timeout;
        this.time = time;
    }

    /** Calls for a new element. */
    <R extends @Nullable Object> R first(ThrowingSupplier<R, ?> call) throws Throwable {
        left = timeout;
        return next(call);
    }

    /** Calls for the same element, with what is left. */
    <R extends @Nullable Object> R next(ThrowingSupplier<R, ?> call) throws Throwable {
        if (left.isZero() || left.isNegative()) {
            left = Duration.ofNanos(1);
        }
        long before = time.nanoTime();
        try {
            return Timeouts.<R, Throwable>call(left, time, call::get);
        } finally {
            left = left.minusNanos(time.nanoTime() - before);
        }
    }
}

package dev.weir.retry;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The delay that an attempt's failure or result asks for. Immutable.
 *
 * @param function gives the delay, or null to leave it to the backoff
 * @param limitNanos how much longer than the backoff's it may be
 * @param <A> what is asked
 */
record AskedDelay<A extends @Nullable Object>(Function<? super A, @Nullable Duration> function, long limitNanos) {
    /** Instead of a delay: one beyond the limit is asked for. */
    static final long TOO_LONG = -1;

    /** Instead of a delay: none is asked for. */
    static final long NONE = -2;

    /** The delay, at least the backoff's. Throws what the function throws. */
    long after(A attempt, long backoffNanos) {
        Duration asked = function.apply(attempt);
        if (asked == null) {
            return NONE;
        }
        long nanos = Checks.saturatedNanos(asked);
        return nanos > Checks.saturatedSum(backoffNanos, limitNanos) ? TOO_LONG : Math.max(nanos, backoffNanos);
    }
}

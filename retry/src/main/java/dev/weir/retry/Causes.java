package dev.weir.retry;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks through failures to their causes. A chain of causes may end in a circle, and a {@code getCause} that is
 * overridden may throw, which counts as no cause. Throws only what a predicate throws.
 */
final class Causes {
    /** How many wrappers are taken off; more of them are a circle. */
    private static final int MAX_WRAPPERS = 16;

    private Causes() {}

    /** Whether the failure or one of its causes matches; ends on a circle, too. */
    static boolean anyMatch(Throwable failure, Predicate<Throwable> predicate) {
        // Brent's way to find a circle: the marker stays where it is for twice as many steps each time, and on a circle
        // the walk comes back to it. All of the circle has been looked at by then.
        Throwable marker = failure;
        long untilMark = 1;
        long steps = 0;
        for (@Nullable Throwable cause = failure; cause != null; cause = causeOf(cause)) {
            if (predicate.test(cause)) {
                return true;
            }
            if (steps > 0 && cause == marker) {
                return false;
            }
            if (++steps == untilMark) {
                marker = cause;
                untilMark *= 2;
            }
        }
        return false;
    }

    /** What a stage failed with, without the wrappers that futures put around it, however many there are. */
    static Throwable unwrapped(Throwable failure) {
        Throwable inner = failure;
        for (int depth = 0; isOfFutures(inner) && depth < MAX_WRAPPERS; depth++) {
            @Nullable Throwable cause = causeOf(inner);
            if (cause == null) {
                return inner;
            }
            inner = cause;
        }
        return inner;
    }

    /**
     * What decides about a failure: what the wrappers of the JDK hold, and the {@link TimeoutException} of what Weir's
     * own time limits throw.
     */
    static Throwable decisive(Throwable failure) {
        Throwable inner = failure;
        for (int depth = 0; depth < MAX_WRAPPERS; depth++) {
            @Nullable Throwable cause = isWrapper(inner) || isOfTimeLimits(inner) ? causeOf(inner) : null;
            if (cause == null || (isOfTimeLimits(inner) && !(cause instanceof TimeoutException))) {
                return inner;
            }
            inner = cause;
        }
        return inner;
    }

    private static boolean isOfFutures(Throwable failure) {
        return failure instanceof CompletionException || failure instanceof ExecutionException;
    }

    private static boolean isWrapper(Throwable failure) {
        return isOfFutures(failure)
                || failure instanceof InvocationTargetException
                || failure instanceof UndeclaredThrowableException;
    }

    /**
     * Whether this may be what a time limit threw where no {@link TimeoutException} could be: one is its cause then.
     */
    private static boolean isOfTimeLimits(Throwable failure) {
        return failure instanceof CancellationException || failure instanceof AttemptTimeoutException;
    }

    private static @Nullable Throwable causeOf(Throwable failure) {
        try {
            return failure.getCause();
        } catch (Throwable broken) { // of an exception with a getCause of its own
            return null;
        }
    }
}

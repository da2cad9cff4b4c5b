package dev.weir.retry;

import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The chain of a failure's causes, which somebody may have tied into a circle. */
final class Causes {
    private Causes() {}

    /** Whether the failure or one of its causes matches; ends on a circle, too. */
    static boolean anyMatch(Throwable failure, Predicate<Throwable> predicate) {
        // Brent's way to find a circle: the marker stays where it is for twice as many steps each time, and on a circle
        // the walk comes back to it. All of the circle has been looked at by then.
        Throwable marker = failure;
        long untilMark = 1;
        long steps = 0;
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
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

    /**
     * What a stage failed with, without the wrapper that each further stage puts around it. Never throws: who asks has
     * nobody to throw to.
     */
    static Throwable unwrapped(Throwable failure) {
        if (!(failure instanceof CompletionException)) {
            return failure;
        }
        try {
            @Nullable Throwable cause = failure.getCause();
            return cause == null ? failure : cause;
        } catch (Throwable broken) { // somebody's own kind of it
            return failure;
        }
    }
}

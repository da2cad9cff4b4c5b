package dev.weir.retry;

import java.util.ArrayDeque;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What went before the failure that a {@link Retry} throws, attached to it as a suppressed exception: without a stack of
 * its own, and as text, so that it keeps no earlier exception alive.
 */
final class RetryTrace extends Exception {
    private static final long serialVersionUID = 1;

    private RetryTrace(String message) {
        super(message, null, false, false);
    }

    /** Collects the history of one call: the first failure and the last ones, however many there are between. */
    static final class Builder {
        private static final int LAST = 8;

        private @Nullable String first;
        private final ArrayDeque<String> last = new ArrayDeque<>();
        private int left;

        void add(int attempt, @Nullable Throwable failure, long delayNanos) {
            String line = "attempt " + attempt + ": " + (failure == null ? "rejected result" : describe(failure))
                    + ", then waited " + delayNanos + " ns";
            if (first == null) {
                first = line;
                return;
            }
            last.add(line);
            if (last.size() > LAST) {
                last.remove();
                left++;
            }
        }

        /** Attaches the trace, unless the exception has one already, from an inner retry or an earlier call. */
        void attachTo(Throwable failure, int attempts, StopReason reason) {
            if (first == null) {
                return;
            }
            for (Throwable suppressed : failure.getSuppressed()) {
                if (suppressed instanceof RetryTrace) {
                    return;
                }
            }
            StringJoiner text = new StringJoiner("; ", attempts + " attempts, " + reason + " (", ")");
            text.add(first);
            if (left > 0) {
                text.add(left + " more");
            }
            last.forEach(text::add);
            failure.addSuppressed(new RetryTrace(text.toString()));
        }

        /** The user's own exception may throw when it is asked for its message. */
        private static String describe(Throwable failure) {
            try {
                return failure.toString();
            } catch (RuntimeException broken) {
                return failure.getClass().getName();
            }
        }
    }
}

package dev.weir.retry;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The story of a run that gave up, told by its message: attached to the last failure as a suppressed exception, it is
 * printed with that failure's stack trace. It has no stack trace of its own, and the message is text already, so that it
 * keeps no earlier failure alive.
 */
final class RetryTrace extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private RetryTrace(String message) {
        super(message, null, false, false);
    }

    /**
     * Attaches a trace to a failure that has none. One that has a trace is a shared exception, or comes out of a retry
     * inside of this one, and keeps the trace that it has: otherwise a shared one would grow with every run.
     */
    static void attach(Throwable failure, History history, int attempts, StopReason reason) {
        // Throwable guards its suppressed list by its own monitor; holding it makes look and add one step for runs in
        // several threads that end with the same exception. Nothing blocks in here.
        synchronized (failure) {
            for (Throwable suppressed : failure.getSuppressed()) {
                if (suppressed instanceof RetryTrace) {
                    return;
                }
            }
            failure.addSuppressed(new RetryTrace(history.describe(attempts, reason)));
        }
    }

    /** The last few failed attempts of a run. Not thread-safe: it belongs to the run's thread. */
    static final class History {
        static final int KEPT = 8;
        private static final int MAX_CHARS = 120;

        private final @Nullable Throwable[] failures = new @Nullable Throwable[KEPT];
        private final long[] delayNanos = new long[KEPT];

        /** An attempt that failed, or was rejected if there is no failure, and the delay that follows it. */
        void add(int attempt, @Nullable Throwable failure, long nanos) {
            failures[attempt % KEPT] = failure;
            delayNanos[attempt % KEPT] = nanos;
        }

        private String describe(int attempts, StopReason reason) {
            StringBuilder text = new StringBuilder(64)
                    .append("gave up after attempt ")
                    .append(attempts)
                    .append(" (")
                    .append(reason)
                    .append(')');
            int first = Math.max(1, attempts - KEPT);
            for (int attempt = first; attempt < attempts; attempt++) {
                text.append(
                                attempt > first
                                        ? ", "
                                        : attempts - first < attempts - 1 ? "; last of them: " : "; before: ")
                        .append('#')
                        .append(attempt)
                        .append(' ')
                        .append(describe(failures[attempt % KEPT]))
                        .append(", waited ")
                        .append(Duration.ofNanos(delayNanos[attempt % KEPT]));
            }
            return text.toString();
        }

        private static String describe(@Nullable Throwable failure) {
            if (failure == null) {
                return "result rejected";
            }
            String text;
            try {
                text = failure.toString();
            } catch (RuntimeException broken) { // somebody's getMessage must not cost the caller the failure
                text = failure.getClass().getName();
            }
            return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "…";
        }
    }
}

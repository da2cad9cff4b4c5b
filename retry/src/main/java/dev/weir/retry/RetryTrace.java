package dev.weir.retry;

import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The story of a run that gave up, told by its message: attached to the last failure as a suppressed exception, it is
 * printed with that failure's stack trace. It has no stack trace of its own, and the message is text already, so that it
 * keeps no earlier failure alive.
 */
final class RetryTrace extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private final long number;
    private final boolean multiplies;

    private RetryTrace(String message, long number, boolean multiplies) {
        super(message, null, false, false);
        this.number = number;
        this.multiplies = multiplies;
    }

    /**
     * Whether a run inside of the attempt that began at the mark has given up this failure, itself or a cause of it, and
     * another attempt would multiply what that run did. A trace from before the mark is one of a shared exception. A
     * shared exception that gets its trace elsewhere during the attempt is mistaken, which can happen once in its life.
     */
    static boolean isMultiplied(Throwable failure, long mark) {
        return Causes.anyMatch(failure, cause -> {
            @Nullable RetryTrace trace = of(cause);
            return trace != null && trace.number > mark && trace.multiplies;
        });
    }

    /**
     * Attaches a trace to a failure that has none. One that has a trace is a shared exception, or comes out of a retry
     * inside of this one, and keeps the trace that it has: otherwise a shared one would grow with every run.
     */
    static void attach(Throwable failure, History history, int attempts, StopReason reason) {
        if (of(failure) != null) {
            return;
        }
        boolean multiplies = attempts > 1
                || reason == StopReason.DEADLINE
                || reason == StopReason.BUDGET
                || reason == StopReason.NESTED;
        RetryTrace trace = new RetryTrace(history.describe(attempts, reason), Mark.next(), multiplies);
        // Throwable guards its suppressed list by its own monitor; holding it makes look and add one step for runs in
        // several threads that end with the same exception. Nothing of anybody else's runs in here, and nothing blocks.
        synchronized (failure) {
            if (of(failure) == null) {
                failure.addSuppressed(trace);
            }
        }
    }

    private static @Nullable RetryTrace of(Throwable failure) {
        for (Throwable suppressed : failure.getSuppressed()) {
            if (suppressed instanceof RetryTrace trace) {
                return trace;
            }
        }
        return null;
    }

    /**
     * Numbers the traces. A class of its own, because HotSpot does not inline methods of exceptions, and {@link #now} is
     * on the way of every attempt.
     */
    static final class Mark {
        private static final AtomicLong ISSUED = new AtomicLong();

        private Mark() {}

        /** A reading that tells traces made from now on from those made before, in this thread and what it starts. */
        static long now() {
            // Opaque: a thread's later reading is never older, which is all that is compared.
            return ISSUED.getOpaque();
        }

        private static long next() {
            return ISSUED.incrementAndGet();
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
            } catch (Throwable broken) { // somebody's getMessage must not cost the caller the failure
                text = failure.getClass().getName();
            }
            if (text == null) {
                return failure.getClass().getName();
            }
            return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "…";
        }
    }
}

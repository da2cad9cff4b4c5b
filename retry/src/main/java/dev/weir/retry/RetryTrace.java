package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The story of a run that gave up, as the message of an exception: attached to the last failure as a suppressed one, it
 * is printed with that failure's stack trace. It has no stack trace of its own, and the message is text already, so
 * that it keeps no earlier failure alive.
 */
final class RetryTrace extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private final long number;
    private final boolean multiplies;

    /** Volatile: a shared exception gets the story of each run that it ends, in any thread. */
    private volatile String story;

    private RetryTrace(String story, long number, boolean multiplies) {
        super(story, null, false, false);
        this.story = story;
        this.number = number;
        this.multiplies = multiplies;
    }

    @Override
    public String getMessage() {
        return story;
    }

    /**
     * Whether a run inside of the attempt that began at the mark has given up this failure, itself or a cause of it,
     * and another attempt would multiply what that run did. A trace from before the mark is one of a shared exception.
     * A shared exception that gets its trace elsewhere during the attempt is mistaken, which can happen once in its
     * life.
     */
    static boolean isMultiplied(Throwable failure, long mark) {
        return Causes.anyMatch(failure, cause -> {
            @Nullable RetryTrace trace = of(cause);
            return trace != null && trace.number > mark && trace.multiplies;
        });
    }

    /**
     * Attaches a trace to a failure that has none. One that has a trace from before the mark is a shared exception,
     * which would grow with every run; its trace describes this run from now on, but keeps its number, since runs in
     * other threads compare it. One with a trace from after the mark comes out of a retry inside of this one, and keeps
     * that.
     */
    static void attach(Throwable failure, History history, int attempts, StopReason reason, long mark) {
        String story = history.describe(attempts, reason);
        // Throwable guards its suppressed list by its own monitor; holding it makes look and add one step for runs in
        // several threads that end with the same exception. Nothing of anybody else's runs in here, and nothing blocks.
        // Not by Suppressed, which keeps what is already there, looks it up by identity, and takes no eleventh one.
        synchronized (failure) {
            RetryTrace present = of(failure);
            if (present == null) {
                failure.addSuppressed(new RetryTrace(story, Mark.next(), multiplies(attempts, reason)));
            } else if (present.number <= mark) {
                present.story = story;
            }
        }
    }

    private static boolean multiplies(int attempts, StopReason reason) {
        return attempts > 1
                || switch (reason) {
                    case DEADLINE, DELAY_TOO_LONG, BUDGET, SHUTDOWN, NESTED -> true;
                    case SUCCESS, EXHAUSTED, ABORTED, INTERRUPTED, CANCELLED -> false;
                };
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
     * Numbers the traces. A class of its own, because HotSpot does not inline methods of exceptions, and {@link #now}
     * is on the way of every attempt.
     */
    static final class Mark {
        private static final AtomicLong ISSUED = new AtomicLong();

        private Mark() {}

        /**
         * A reading that separates traces made from now on from those made before, in this thread and what it starts.
         */
        static long now() {
            // Opaque: a thread's later reading is never older, which is all that is compared.
            return ISSUED.getOpaque();
        }

        private static long next() {
            return ISSUED.incrementAndGet();
        }
    }

    /** The first and the last few failed attempts of a run. Not thread-safe: it belongs to the run's thread. */
    static final class History {
        static final int KEPT = 8;
        private static final int MAX_CHARS = 120;

        private static final @Nullable Throwable[] NO_FAILURES = {};
        private static final long[] NO_DELAYS = {};

        // From the second on: most runs that fail do so once.
        private @Nullable Throwable[] failures = NO_FAILURES;
        private long[] delayNanos = NO_DELAYS;

        private @Nullable Throwable firstFailure;
        private long firstDelayNanos;

        /** An attempt that failed, or was rejected if there is no failure, and the delay that follows it. */
        void add(int attempt, @Nullable Throwable failure, long nanos) {
            if (attempt == 1) { // often the cause of all others
                firstFailure = failure;
                firstDelayNanos = nanos;
                return;
            }
            if (failures.length == 0) {
                failures = new @Nullable Throwable[KEPT];
                delayNanos = new long[KEPT];
            }
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
            if (attempts > 1) {
                add(text, first > 1 ? "; first: " : "; before: ", 1, firstFailure, firstDelayNanos);
            }
            for (int attempt = Math.max(2, first); attempt < attempts; attempt++) {
                String before = attempt == first ? "; last of them: " : ", ";
                add(text, before, attempt, failures[attempt % KEPT], delayNanos[attempt % KEPT]);
            }
            return text.toString();
        }

        private static void add(
                StringBuilder text, String before, int attempt, @Nullable Throwable failure, long delayNanos) {
            text.append(before)
                    .append('#')
                    .append(attempt)
                    .append(' ')
                    .append(describe(failure))
                    .append(", waited ")
                    .append(Duration.ofNanos(delayNanos));
        }

        private static String describe(@Nullable Throwable failure) {
            if (failure == null) {
                return "result rejected";
            }
            String text = Callbacks.describe(failure); // a getMessage that throws must not cost the caller the failure
            return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "…";
        }
    }
}

package dev.weir.core.internal;

import java.util.Arrays;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Failures beside the one that is thrown: keeps the first {@value #MAX_SHOWN} and counts the others. The static methods
 * attach single failures by the same rules: none to itself, none twice, and no more than {@value #MAX_SHOWN} to any
 * exception, so that one that is thrown again and again does not grow.
 *
 * <p>Collectors are not thread-safe; the static methods are. Nothing here throws.
 */
public final class Suppressed {
    /** How many failures are shown beside the one that is thrown. */
    public static final int MAX_SHOWN = 10;

    /** The last place that is shown whether or not the thrown failure is among those that are kept. */
    private static final int LAST_SHOWN = MAX_SHOWN - 1;

    /** How deep to look into interrupts that suppress interrupts. */
    private static final int MAX_DEPTH = 8;

    // Made in advance, so that an OutOfMemoryError can be kept; one more, for the failure that is thrown.
    private final @Nullable Throwable[] kept = new @Nullable Throwable[MAX_SHOWN + 1];
    private long count;

    /** Makes an empty collector. */
    public Suppressed() {}

    /**
     * Adds a failure. One that is an {@link Error} is kept, even if it comes late, as long as there is a place without
     * one.
     *
     * @param failure the failure
     */
    public void add(Throwable failure) {
        if (count < kept.length) {
            kept[(int) count] = failure;
        } else if (isError(failure) && !isError(kept[LAST_SHOWN])) {
            kept[LAST_SHOWN] = failure;
        }
        count++;
    }

    /**
     * Adds the failures of another collector.
     *
     * @param others the other collector
     */
    public void addAll(Suppressed others) {
        long sum = count + others.count;
        for (Throwable failure : others.kept) {
            if (failure != null) {
                add(failure);
            }
        }
        count = sum;
    }

    /** Forgets the failures, and keeps their number. */
    public void forget() {
        Arrays.fill(kept, null);
    }

    /**
     * How many failures were added.
     *
     * @return the number
     */
    public long count() {
        return count;
    }

    /**
     * Whether nothing failed.
     *
     * @return true if no failure was added
     */
    public boolean isEmpty() {
        return count == 0;
    }

    /**
     * The failure that was added first.
     *
     * @return the failure, or null if there is none
     */
    public @Nullable Throwable first() {
        return kept[0];
    }

    /**
     * Attaches the failures to the one that is about to be thrown, and says how many others there were. What it does
     * not take, because it takes none or has {@value #MAX_SHOWN} already, is logged at ERROR.
     *
     * @param thrown what is about to be thrown, which may be one of them
     * @param name the name of the call, for the log
     * @param log where to log
     * @param <E> the type of what is thrown
     * @return what is about to be thrown
     */
    public <E extends Throwable> E attachTo(E thrown, String name, Logger log) {
        int shown = 0;
        long more = count;
        for (Throwable failure : kept) {
            if (failure == thrown) {
                more--;
            } else if (failure != null && shown < MAX_SHOWN) {
                shown++;
                more--;
                attachOrLog(thrown, failure, name, log);
            }
        }
        if (more > 0) {
            String message = more + " more failures";
            attachTrace(thrown, message, () -> new TraceException(message, false));
        }
        return thrown;
    }

    // ---- one failure at a time

    /**
     * Attaches a failure to another one, or logs it at ERROR if that takes none or is full.
     *
     * @param to the failure that is thrown
     * @param other the failure beside it
     * @param name the name of the call, for the log
     * @param log where to log
     */
    public static void attachOrLog(Throwable to, Throwable other, String name, Logger log) {
        if (!attach(to, other)) {
            Callbacks.error(log, "{} also failed, beside {}", name, Callbacks.describe(to), other);
        }
    }

    /**
     * Attaches a failure to another one.
     *
     * @param to the failure that is thrown
     * @param other the failure beside it
     * @return true if {@code to} has it now, is it, or had it before; false if it takes none, or is full
     */
    public static boolean attach(Throwable to, Throwable other) {
        if (other == to) {
            return true;
        }
        try {
            // Throwable guards its list by its own monitor, which makes the look and the addition one step for threads
            // that fail with the same exception. Nothing blocks in here, and nothing foreign runs.
            synchronized (to) {
                int failures = 0;
                for (Throwable suppressed : to.getSuppressed()) {
                    if (suppressed == other) {
                        return true;
                    }
                    failures += suppressed instanceof TraceException ? 0 : 1;
                }
                if (failures >= MAX_SHOWN) {
                    return false;
                }
                int before = to.getSuppressed().length;
                to.addSuppressed(other);
                return to.getSuppressed().length > before; // or it was made to take none
            }
        } catch (Throwable broken) { // out of memory, or of stack
            return false;
        }
    }

    /**
     * Attaches the current stack to a failure that comes from another thread, as "in NAME, called from", unless it has
     * a trace that says so already.
     *
     * @param to the failure that is thrown
     * @param name the name of the call
     */
    public static void attachCaller(Throwable to, String name) {
        String message = "in " + name + ", called from";
        attachTrace(to, message, () -> new TraceException(message, true));
    }

    /**
     * Attaches a trace that was taken earlier, of where a task was submitted for instance, unless the failure has one
     * that says the same.
     *
     * @param to the failure
     * @param trace the trace
     */
    public static void attachTrace(Throwable to, TraceException trace) {
        attachTrace(to, String.valueOf(trace.getMessage()), () -> trace);
    }

    private static void attachTrace(Throwable to, String message, Supplier<TraceException> trace) {
        try {
            synchronized (to) { // as above
                int traces = 0;
                for (Throwable suppressed : to.getSuppressed()) {
                    if (suppressed instanceof TraceException) {
                        traces++;
                        if (message.equals(suppressed.getMessage())) {
                            return;
                        }
                    }
                }
                if (traces < MAX_SHOWN) {
                    to.addSuppressed(trace.get());
                }
            }
        } catch (Throwable broken) {
            // The failure itself is more than its trace.
        }
    }

    // ---- what an interrupt hides

    /**
     * Whether a failure is an {@link Error}, or an interrupt that suppresses one.
     *
     * @param failure the failure, or null
     * @return true if an Error must not get lost here
     */
    public static boolean isError(@Nullable Throwable failure) {
        return failure instanceof Error
                || (failure instanceof InterruptedException && hides(failure, MAX_DEPTH, Error.class::isInstance));
    }

    /**
     * Whether an interrupt suppresses failures of what was nested in the interrupted task.
     *
     * @param interrupt what an interrupted task threw
     * @return true if there is more to it than interrupts and traces
     */
    public static boolean hidesMore(Throwable interrupt) {
        return hides(interrupt, MAX_DEPTH, failure -> !(failure instanceof TraceException));
    }

    private static boolean hides(Throwable interrupt, int depth, Predicate<Throwable> what) {
        for (Throwable hidden : interrupt.getSuppressed()) {
            boolean found = hidden instanceof InterruptedException
                    ? depth > 0 && hides(hidden, depth - 1, what)
                    : what.test(hidden);
            if (found) {
                return true;
            }
        }
        return false;
    }
}

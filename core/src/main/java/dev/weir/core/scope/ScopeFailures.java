package dev.weir.core.scope;

import dev.weir.core.internal.TraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The failures of a scope's tasks: the first few, and how many there were. Guarded by the scope's lock. */
final class ScopeFailures {
    private static final int MOST_LISTED = 10;

    /** The last place that is listed whether or not the first failure is the one thrown. */
    private static final int LAST_FOR_ALL = MOST_LISTED - 1;

    /** How deep to look into interrupts that suppress interrupts. */
    private static final int DEEPEST = 8;

    /** An exception with so many suppressed ones is shared between calls: it is not to grow any more. */
    private static final int MOST_SUPPRESSED = 64;

    /** Made in advance: a task that fails with an OutOfMemoryError must be able to say so. */
    private final @Nullable ForkedTask<?>[] listed = new ForkedTask<?>[MOST_LISTED + 1];

    private int count;

    void add(ForkedTask<?> failed) {
        if (count < listed.length) {
            listed[count] = failed;
        } else if (isError(failed.failure) && !isError(at(LAST_FOR_ALL))) {
            listed[LAST_FOR_ALL] = failed; // an Error is not to be a mere number among many exceptions
        }
        count++;
    }

    private @Nullable Throwable at(int number) {
        ForkedTask<?> task = listed[number];
        return task == null ? null : task.failure;
    }

    /** Whether a task that was interrupted threw more than just that: a failure of what was nested in it. */
    static boolean hidesMore(Throwable interrupt) {
        return hides(interrupt, DEEPEST, failure -> !(failure instanceof TraceException));
    }

    /** Whether it is an Error, or an interrupt that hides one. */
    static boolean isError(@Nullable Throwable failure) {
        return failure instanceof Error
                || (failure instanceof InterruptedException && hides(failure, DEEPEST, Error.class::isInstance));
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

    @Nullable
    Throwable first() {
        return at(0);
    }

    /** Attaches to what is about to be thrown where it is thrown, and the other failures; or logs those if it cannot. */
    void attachTo(Throwable thrown, boolean fromTask, String name, Logger log) {
        int before = thrown.getSuppressed().length;
        boolean room = before < MOST_SUPPRESSED;
        if (room && fromTask) {
            thrown.addSuppressed(new TraceException("in " + name + ", joined at", true));
        }
        int listedOthers = 0;
        for (ForkedTask<?> task : listed) {
            Throwable failure = task == null ? null : task.failure;
            if (failure == null || failure == thrown || listedOthers == MOST_LISTED) {
                continue;
            }
            listedOthers++;
            if (room) {
                thrown.addSuppressed(failure);
            }
            if (thrown.getSuppressed().length == before) { // it takes none
                log.error("{} also failed, beside {}", name, thrown, failure);
            }
        }
        int others = fromTask ? count - 1 : count;
        if (room && others > listedOthers && listedOthers == MOST_LISTED) {
            thrown.addSuppressed(new TraceException(others - listedOthers + " more failures", false));
        }
    }

    /** The listed failures that nobody has looked at. */
    List<Throwable> unseen(boolean onlyErrors) {
        List<Throwable> unseen = new ArrayList<>();
        for (ForkedTask<?> task : listed) {
            Throwable failure = task == null || !task.isUnseenFailure() ? null : task.failure;
            if (failure != null && (!onlyErrors || isError(failure))) {
                unseen.add(failure);
            }
        }
        return unseen;
    }
}

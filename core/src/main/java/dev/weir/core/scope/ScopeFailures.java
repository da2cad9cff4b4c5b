package dev.weir.core.scope;

import dev.weir.core.internal.Suppressed;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The failures of a scope's tasks: the first few for the exception that join throws, and which of them nobody has
 * looked at. Guarded by the scope's lock.
 */
final class ScopeFailures {
    private final Suppressed all = new Suppressed();

    // Made in advance: a task that fails with an OutOfMemoryError must be able to report it.
    private final @Nullable ForkedTask<?>[] listed = new ForkedTask<?>[Suppressed.MAX_SHOWN];

    private int count;
    private int unseen;
    private int unseenErrors;

    void add(ForkedTask<?> failed, Throwable failure) {
        all.add(failure);
        int last = listed.length - 1;
        if (count < listed.length) {
            listed[count] = failed;
        } else if (Suppressed.isError(failure) && !Suppressed.isError(failureOf(listed[last]))) {
            listed[last] = failed; // an Error is not to be a mere number among many exceptions
        }
        count++;
        count(failure, 1);
    }

    /** Somebody looks at the outcome of a failed task for the first time. */
    void seen(Throwable failure) {
        count(failure, -1);
    }

    private void count(Throwable failure, int more) {
        unseen += more;
        if (Suppressed.isError(failure)) {
            unseenErrors += more;
        }
    }

    private static @Nullable Throwable failureOf(@Nullable ForkedTask<?> task) {
        return task == null ? null : task.failure;
    }

    @Nullable
    Throwable first() {
        return all.first();
    }

    /** Whether it is one of the listed failures. */
    boolean contains(Throwable thrown) {
        for (ForkedTask<?> task : listed) {
            if (failureOf(task) == thrown) {
                return true;
            }
        }
        return false;
    }

    /** Attaches the failures to what is about to be thrown, after the trace of the owner if it comes from a task. */
    <E extends Throwable> E attachTo(E thrown, boolean fromTask, String name, Logger log) {
        if (fromTask) {
            Suppressed.attachCaller(thrown, name);
        }
        return all.attachTo(thrown, name, log);
    }

    /** The listed failures that nobody has looked at, and how many others there are. */
    record Unseen(List<Throwable> failures, int more) {}

    Unseen unseen(boolean onlyErrors) {
        List<Throwable> failures = new ArrayList<>();
        for (ForkedTask<?> task : listed) {
            Throwable failure = task == null || task.isSeen() ? null : task.failure;
            if (failure != null && (!onlyErrors || Suppressed.isError(failure))) {
                failures.add(failure);
            }
        }
        return new Unseen(failures, (onlyErrors ? unseenErrors : unseen) - failures.size());
    }
}

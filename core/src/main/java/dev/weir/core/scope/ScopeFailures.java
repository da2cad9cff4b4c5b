package dev.weir.core.scope;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Suppressed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * How a scope's tasks ended: how many have, and their failures, which are the first few for the exception that join
 * throws, and which of them nobody has looked at. Guarded by the scope's lock.
 */
final class ScopeFailures {
    private final Suppressed all = new Suppressed();

    // Made in advance: a task that fails with an OutOfMemoryError must be able to report it.
    private final @Nullable ForkedTask<?>[] listed = new ForkedTask<?>[Suppressed.MAX_SHOWN];

    /** How many tasks have ended, in whichever way. */
    private long ended;

    private int unseen;
    private int unseenErrors;

    void add(ForkedTask<?> failed, Throwable failure) {
        long before = all.count();
        all.add(failure);
        int last = listed.length - 1;
        if (before < listed.length) {
            listed[(int) before] = failed;
        } else if (Suppressed.isError(failure) && !Suppressed.isError(failureOf(listed[last]))) {
            listed[last] = failed; // an Error is not to be a mere number among many exceptions
        }
        count(failure, 1);
    }

    /** One more has ended. */
    void ended() {
        ended++;
    }

    long done() {
        return ended;
    }

    long failed() {
        return all.count();
    }

    /** Keeps the numbers. */
    void forget() {
        all.forget();
        Arrays.fill(listed, null);
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
    record Unseen(List<Throwable> failures, int more) {
        /** What join did not throw, and the owner did not ask for, is lost otherwise. */
        void logAs(String name, Logger log) {
            for (Throwable failure : failures) {
                Callbacks.error(log, "a task of {} failed, and nobody looked at its outcome", name, failure);
            }
            if (more > 0) {
                Callbacks.error(log, "nobody looked at {} more failures of {}", more, name);
            }
        }
    }

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

    /** As {@link #unseen}, of all failures; the listed ones count as seen from now on. */
    Unseen takeUnseen() {
        Unseen taken = unseen(false);
        for (ForkedTask<?> task : listed) {
            Throwable failure = failureOf(task);
            if (task != null && failure != null && !task.isSeen()) {
                task.seen();
                seen(failure);
            }
        }
        return taken;
    }
}

package dev.weir.core.fanout;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The failures of a scope's tasks: the first few, and how many there were. Guarded by the scope's lock. */
final class ScopeFailures {
    private static final int MOST_LISTED = 10;

    /** An exception with so many suppressed ones is shared between calls: it is not to grow any more. */
    private static final int MOST_SUPPRESSED = 64;

    /** Made in advance: a task that fails with an OutOfMemoryError must be able to say so. */
    private final @Nullable ForkedTask<?>[] listed = new ForkedTask<?>[MOST_LISTED + 1];

    private int count;

    void add(ForkedTask<?> failed) {
        if (count < listed.length) {
            listed[count] = failed;
        }
        count++;
    }

    @Nullable
    Throwable first() {
        ForkedTask<?> first = listed[0];
        return first == null ? null : first.failure;
    }

    /** Attaches to what is about to be thrown where it is thrown, and the other failures; or logs those if it cannot. */
    void attachTo(Throwable thrown, boolean fromTask, String name, Logger log) {
        int before = thrown.getSuppressed().length;
        boolean room = before < MOST_SUPPRESSED;
        if (room && fromTask) {
            thrown.addSuppressed(new FanOutTrace("in " + name + ", joined at", true));
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
            thrown.addSuppressed(new FanOutTrace(others - listedOthers + " more failures", false));
        }
    }

    /** The listed failures that nobody has looked at. */
    List<Throwable> unseen(boolean onlyErrors) {
        List<Throwable> unseen = new ArrayList<>();
        for (ForkedTask<?> task : listed) {
            Throwable failure = task == null || !task.isUnseenFailure() ? null : task.failure;
            if (failure != null && (!onlyErrors || failure instanceof Error)) {
                unseen.add(failure);
            }
        }
        return unseen;
    }
}

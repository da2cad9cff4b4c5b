package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Undelivered;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Settings of a scope. Not changed after they were given to a {@link TaskScopeBuilder}, but copied first. */
final class ScopeSettings implements Cloneable {
    Deadline deadline = Deadline.never();

    @Nullable
    Executor executor;

    /** How many tasks run at once, or 0 for as many as the scope around allows. */
    int concurrency;

    String name = "task-scope";

    /** Of the virtual threads of its tasks; made here, so that a task does not make it. */
    String threadName = "task-scope-task";

    /** What is carried from the thread that forks a task to the one that runs it. */
    Contexts contexts = Contexts.byDefault();

    /** What is done with results that nobody takes. */
    @Nullable
    Undelivered<?> undelivered;

    /** How long to wait for interrupted tasks before the log says so. */
    Duration patience = Duration.ofSeconds(10);

    TimeSource patienceTime = TimeSource.system();

    ScopeSettings copy() {
        try {
            return (ScopeSettings) clone();
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
    }
}

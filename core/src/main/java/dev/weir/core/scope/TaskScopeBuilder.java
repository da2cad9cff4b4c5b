package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link TaskScope} is to be, ended by the policy, which opens one:
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="builder"}
 *
 * <p>Immutable: each method returns another one, so that one may be kept, and opened many times and by several threads.
 */
public final class TaskScopeBuilder {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final @Nullable Executor executor;

    final Deadline deadline;
    final String name;
    final Duration patience;
    final TimeSource patienceTime;

    private TaskScopeBuilder(
            Deadline deadline, @Nullable Executor executor, String name, Duration patience, TimeSource patienceTime) {
        this.deadline = deadline;
        this.executor = executor;
        this.name = name;
        this.patience = patience;
        this.patienceTime = patienceTime;
    }

    static TaskScopeBuilder ofDefaults() {
        return new TaskScopeBuilder(Deadline.never(), null, "task-scope", PATIENCE, TimeSource.system());
    }

    /**
     * Until when the tasks may run; never by default. At the deadline running tasks are interrupted, those that have not
     * begun never do, and {@link TaskScope#join} ends. It is {@code join} and {@code fork} that look at it: an owner that
     * does something else meanwhile is not stopped.
     *
     * @param deadline the deadline
     * @return the same with this deadline
     */
    public TaskScopeBuilder deadline(Deadline deadline) {
        Objects.requireNonNull(deadline, "deadline");
        return new TaskScopeBuilder(deadline, executor, name, patience, patienceTime);
    }

    /**
     * Where the tasks run; each on a virtual thread of its own by default.
     *
     * @param executor the executor. It must run, reject or cancel what it is given, which is a {@link
     *     java.util.concurrent.Future}, as a {@link dev.weir.core.pool.WorkerPool} does; a task that it quietly drops is
     *     waited for until the deadline. It is neither shut down nor waited for. With a bound on its threads, tasks that
     *     open scopes of their own on it may take all of them and wait for ever for tasks that have none left to run on:
     *     give inner scopes their own executor, or virtual threads, or a deadline
     * @return the same on this executor
     */
    public TaskScopeBuilder on(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        return new TaskScopeBuilder(deadline, executor, name, patience, patienceTime);
    }

    /**
     * What the virtual threads, the messages and the log call the scope; {@code task-scope} by default.
     *
     * @param name the name
     * @return the same with this name
     */
    public TaskScopeBuilder named(String name) {
        Objects.requireNonNull(name, "name");
        return new TaskScopeBuilder(deadline, executor, name, patience, patienceTime);
    }

    void start(ForkedTask<?> task) {
        if (executor == null) {
            Thread.ofVirtual().name(name).start(task);
        } else {
            executor.execute(new ForkedFuture(task));
        }
    }

    /** How long to wait for interrupted tasks before the log tells; for tests. */
    TaskScopeBuilder patience(Duration patience, TimeSource time) {
        return new TaskScopeBuilder(deadline, executor, name, patience, time);
    }

    /**
     * Opens a scope as {@link TaskScope#failFast} does, but built like this.
     *
     * @param <X> the checked exceptions that the tasks may throw
     * @return the scope, to be closed by this thread
     */
    public <X extends Throwable> TaskScope<X> failFast() {
        return new TaskScope<>(new ScopeRun(ScopePolicy.FAIL_FAST, this));
    }

    /**
     * Opens a scope as {@link TaskScope#firstSuccess} does, but built like this.
     *
     * @param <X> the checked exceptions that the tasks may throw
     * @return the scope, to be closed by this thread
     */
    public <X extends Throwable> TaskScope<X> firstSuccess() {
        return new TaskScope<>(new ScopeRun(ScopePolicy.FIRST_SUCCESS, this));
    }

    /**
     * Opens a scope as {@link TaskScope#joinAll} does, but built like this.
     *
     * @return the scope, to be closed by this thread
     */
    public TaskScope.JoinAll joinAll() {
        return new TaskScope.JoinAll(new ScopeRun(ScopePolicy.JOIN_ALL, this));
    }
}

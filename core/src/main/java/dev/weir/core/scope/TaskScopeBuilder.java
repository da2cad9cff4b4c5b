package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Threads;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link TaskScope}, and last the policy, which opens one:
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="builder"}
 *
 * <p>Immutable and thread-safe: each setter returns another builder, so one may be kept, and opened many times and by
 * several threads.
 */
public final class TaskScopeBuilder {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    final @Nullable Executor executor;
    final Deadline deadline;
    final String name;
    final Duration patience;
    final TimeSource patienceTime;

    /** What is carried from the thread that forks a task to the one that runs it. */
    final Contexts contexts = Contexts.byDefault();

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
     * Limits how long the tasks may run; no limit by default. At the deadline running tasks are interrupted, those that
     * have not begun never do, and {@link TaskScope#join} ends with a
     * {@link java.util.concurrent.CancellationException} whose cause is a
     * {@link java.util.concurrent.TimeoutException}. The deadline holds while the executor blocks {@code fork}, and
     * whatever the owner does meanwhile; but an owner that does something else is not interrupted itself.
     *
     * @param deadline the deadline
     * @return a builder with this deadline
     */
    public TaskScopeBuilder deadline(Deadline deadline) {
        Objects.requireNonNull(deadline, "deadline");
        return new TaskScopeBuilder(deadline, executor, name, patience, patienceTime);
    }

    /**
     * Sets the executor that runs the tasks; by default each runs on a virtual thread of its own.
     *
     * @param executor the executor. It must run, reject or cancel each task, which is a
     *     {@link java.util.concurrent.Future}, as a {@link dev.weir.core.pool.WorkerPool} does; a task that it drops
     *     without cancelling it is waited for until the deadline, or until an
     *     {@link java.util.concurrent.ExecutorService} is terminated. It is neither shut down nor waited for. With a
     *     bound on its threads, tasks that open scopes of their own on it may take all of them and wait for ever for
     *     tasks that have no thread left to run on: give inner scopes their own executor, or virtual threads, or a
     *     deadline. Where a stop ends tasks that wait in a queue, they leave the queue of a WorkerPool or a
     *     {@link java.util.concurrent.ThreadPoolExecutor} at once
     * @return a builder with this executor
     */
    public TaskScopeBuilder on(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        return new TaskScopeBuilder(deadline, executor, name, patience, patienceTime);
    }

    /**
     * Names the scope in the names of its virtual threads, in messages and in the log; {@code task-scope} by default.
     *
     * @param name the name
     * @return a builder with this name
     */
    public TaskScopeBuilder named(String name) {
        Objects.requireNonNull(name, "name");
        return new TaskScopeBuilder(deadline, executor, name, patience, patienceTime);
    }

    /** Before the task is added to its scope. */
    void prepare(ForkedTask<?> task) {
        if (executor != null) {
            task.future = new ForkedFuture(executor, task);
        }
    }

    void start(ForkedTask<?> task) {
        if (executor == null) {
            Threads.virtual(name, task).start();
        } else {
            executor.execute(Objects.requireNonNull(task.future));
        }
    }

    /** How long to wait for interrupted tasks before the log says so; for tests. */
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

    /**
     * What was set.
     *
     * @return for instance {@code TaskScopeBuilder[task-scope]}
     */
    @Override
    public String toString() {
        return "TaskScopeBuilder[" + name + (deadline.isNever() ? "" : ", " + deadline)
                + (executor == null ? "" : ", on " + Callbacks.describe(executor)) + "]";
    }
}

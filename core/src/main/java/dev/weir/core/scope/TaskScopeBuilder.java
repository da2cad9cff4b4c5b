package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Undelivered;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link TaskScope}, and last the policy, which opens one:
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="builder"}
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks. Each setter returns another builder, so one may be kept, and
 * opened many times and by several threads.
 */
public final class TaskScopeBuilder {
    private final ScopeSettings settings;

    private TaskScopeBuilder(ScopeSettings settings) {
        this.settings = settings;
    }

    static TaskScopeBuilder ofDefaults() {
        return new TaskScopeBuilder(new ScopeSettings());
    }

    private TaskScopeBuilder with(Consumer<ScopeSettings> change) {
        ScopeSettings changed = settings.copy();
        change.accept(changed);
        return new TaskScopeBuilder(changed);
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
        return with(changed -> changed.deadline = deadline);
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
        return with(changed -> changed.executor = executor);
    }

    /**
     * Names the scope in messages, in the log, in thread dumps, and in the names of its virtual threads, to which
     * {@code -task} is added; {@code task-scope} by default.
     *
     * @param name the name
     * @return a builder with this name
     */
    public TaskScopeBuilder named(String name) {
        Objects.requireNonNull(name, "name");
        return with(changed -> {
            changed.name = name;
            changed.threadName = name + "-task";
        });
    }

    /**
     * Limits how many tasks run at once; no limit by default. Those beyond it wait without a thread, in the order in
     * which they were forked; {@code fork} never waits. The bound is one for the scope and the scopes that are nested
     * in it, other than those with a bound or an executor of their own, so a whole tree of tasks is bounded by its
     * root.
     *
     * <p>Nested scopes are safe however small the bound: a task that waits for tasks, in {@code join} or {@code close}
     * of its own scope, holds no place meanwhile, and comes before those that have not begun when it goes on. One that
     * is interrupted goes on at once, beyond the bound if need be.
     *
     * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="concurrency"}
     *
     * @param concurrency at least 1
     * @return a builder with this bound. To open a scope that also runs {@linkplain #on on an executor}, whose bound is
     *     its own, throws an {@link IllegalStateException}
     * @throws IllegalArgumentException if {@code concurrency} is below 1
     */
    public TaskScopeBuilder concurrency(int concurrency) {
        Checks.positive(concurrency, "concurrency");
        return with(changed -> changed.concurrency = concurrency);
    }

    /**
     * What is carried from the thread that forks a task to the one that runs it, in place of
     * {@link ContextCarrier#defaults()}.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return a builder that does so
     */
    public TaskScopeBuilder context(ContextCarrier... carriers) {
        Contexts contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return with(changed -> changed.contexts = contexts);
    }

    /**
     * Sets what is done with a result that nobody takes, for results that must be closed: those of the losers of a
     * race, and of tasks whose sibling failed. A result is taken when {@link Subtask#get} or {@link Subtask#outcome} is
     * called before the scope is closed, and that of the winner by {@link TaskScope#winner}. The scope keeps all
     * results until it is closed.
     *
     * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="undelivered"}
     *
     * @param type the type of the results that are released; others are dropped
     * @param callback releases a result, once; called by the owner when it closes the scope. What it throws is logged
     *     at ERROR
     * @param <R> the type of the results that are released
     * @return a builder that does so
     * @throws IllegalArgumentException if {@code type} is primitive
     */
    public <R> TaskScopeBuilder onUndelivered(Class<R> type, Consumer<? super R> callback) {
        Undelivered<R> undelivered = new Undelivered<>(type, callback);
        return with(changed -> changed.undelivered = undelivered);
    }

    /** How long to wait for interrupted tasks before the log says so; for tests. */
    TaskScopeBuilder patience(Duration patience, TimeSource time) {
        return with(changed -> {
            changed.patience = patience;
            changed.patienceTime = time;
        });
    }

    /**
     * Opens a scope as {@link TaskScope#failFast} does, but built like this.
     *
     * @param <X> the checked exceptions that the tasks may throw
     * @return the scope, to be closed by this thread
     * @throws X never, as there
     */
    public <X extends Throwable> TaskScope<X> failFast() throws X {
        return new TaskScope<>(new ScopeRun(ScopeKind.FAIL_FAST, settings));
    }

    /**
     * Opens a scope as {@link TaskScope#firstSuccess} does, but built like this.
     *
     * @param <X> the checked exceptions that the tasks may throw
     * @return the scope, to be closed by this thread
     * @throws X never, as there
     */
    public <X extends Throwable> TaskScope<X> firstSuccess() throws X {
        return new TaskScope<>(new ScopeRun(ScopeKind.FIRST_SUCCESS, settings));
    }

    /**
     * Opens a scope as {@link TaskScope#joinAll} does, but built like this.
     *
     * @return the scope, to be closed by this thread
     */
    public TaskScope.JoinAll joinAll() {
        return new TaskScope.JoinAll(new ScopeRun(ScopeKind.JOIN_ALL, settings));
    }

    /**
     * Opens a scope as {@link TaskScope#open} does, but built like this.
     *
     * @param policy decides when the scope stops and what its join returns or throws
     * @param <T> the type of the tasks' results
     * @param <R> the type of what join returns
     * @param <X> the checked exceptions that join throws
     * @return the scope, to be closed by this thread
     */
    public <T extends @Nullable Object, R extends @Nullable Object, X extends Throwable> PolicyScope<T, R, X> open(
            ScopePolicy<T, R, X> policy) {
        Objects.requireNonNull(policy, "policy");
        return new PolicyScope<>(policy, settings);
    }

    /**
     * What was set.
     *
     * @return for instance {@code TaskScopeBuilder[task-scope]}
     */
    @Override
    public String toString() {
        return "TaskScopeBuilder[" + settings.name
                + (settings.deadline.isNever() ? "" : ", " + settings.deadline)
                + (settings.executor == null ? "" : ", on " + Callbacks.describe(settings.executor)) + "]";
    }
}

package dev.weir.core.scope;

import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.internal.Abandoned;
import dev.weir.core.internal.Contexts;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A block of code that forks tasks of different types and joins them all: structured concurrency. For one function over
 * many items there is {@link FanOut}, for two to four tasks in one expression {@link Parallel}.
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="failFast"}
 *
 * <p><b>Structured.</b> {@link #join} and {@link #close} return or throw only when no task code runs any more. A stop
 * of the scope interrupts the tasks that run, and ends those that have not begun; a task that takes more than 10 s to
 * end after that is named in the log at WARN. Scopes nest: a scope opened within a task, or within the block of another
 * scope, is closed before that one ends, and the interrupt that stops the task stops the scope in it.
 *
 * <p><b>Policies.</b> {@link #failFast}: all must succeed, and the first failure stops the rest. {@link #joinAll}: a
 * failure of one task does not affect the others, and {@link Subtask#outcome} returns each one's end.
 * {@link #firstSuccess}: the first task to return wins and stops the rest. {@link #open}: a {@link ScopePolicy} of the
 * user's decides. {@link #cancel} ends any of them early.
 *
 * <p><b>Failures.</b> {@code join} throws the very exception that a task threw, of the scope's checked type,
 * {@link Error}s too. Failures of other tasks are attached to it as suppressed, ten at most and a count of the rest,
 * and so is a trace of the caller's stack, because the exception's own is that of another thread. A failure that
 * {@code join} does not throw and nobody looks at is logged at ERROR when the scope is closed, except the failures of
 * those that did not win a race, unless they are {@link Error}s.
 *
 * <p><b>Interrupts.</b> If the stop of the scope interrupted a task, then what the task throws for that reason (an
 * {@link InterruptedException}, a {@link java.nio.channels.ClosedByInterruptException}, a
 * {@link java.util.concurrent.CancellationException}, alone or as a cause) is no failure: the task is cancelled.
 * Anything else is, a {@link java.net.SocketTimeoutException} for instance. A task on an
 * {@linkplain TaskScopeBuilder#on executor} that is interrupted by something else, such as the executor's
 * {@code shutdownNow}, fails, and {@code join} throws a {@code CancellationException} with that failure as its cause,
 * since nobody interrupted the owner.
 *
 * <p><b>Threads.</b> The thread that opens the scope owns it: it alone joins and closes. It forks, and so may every
 * task of the scope, and of scopes nested in it, while it runs. Tasks run on virtual threads of their own or
 * {@linkplain TaskScopeBuilder#on an executor}, with what is {@linkplain TaskScopeBuilder#context carried} from the
 * thread that forked them, by default the MDC, and without its inheritable thread-locals and context class loader.
 * Interrupts sent by the scope do not leak, neither into what the executor's thread does next nor out of the scope. If
 * the owner ends without closing the scope, its tasks are cancelled when the next of them ends, and if nobody has the
 * scope any more, when it has been garbage collected; that is logged at ERROR, once. A scope that a task of a
 * {@link dev.weir.core.pool.WorkerPool} or an item of a {@link FanOut} forgets to close is closed and logged at ERROR
 * when that task or item ends.
 *
 * <p><b>The checked type.</b> It is inferred from what the scope is assigned to. With {@code var scope =
 * TaskScope.failFast()} it is {@code RuntimeException}; for another one say it: {@code var scope =
 * TaskScope.<IOException>failFast()}.
 *
 * <p><b>Thread-safety.</b> The owner and the scope's own tasks fork and cancel, concurrently; {@code join} and
 * {@code close} are the owner's. <b>Blocking.</b> {@code join} and {@code close} wait for all tasks, and {@code fork}
 * only on an executor that blocks. <b>Interruption.</b> An interrupt of the owner in {@code join} stops the tasks, and
 * is thrown when they have ended; {@code close} waits on, and keeps the interrupt status. <b>Fairness.</b> Tasks start
 * as they are forked; with a {@link TaskScopeBuilder#concurrency} the task that has waited longest is next. <b>Memory
 * effects.</b> What a thread does before {@code fork} happens-before the task; every task happens-before the return of
 * {@code join} and of {@code close}. A scope takes one lock for a moment when a task is forked, begins and ends.
 *
 * <p>The shape is that of Java's own {@code StructuredTaskScope} (a preview in JDK 25, JEP 505). What differs: the
 * checked type is kept, tasks may fork into their scope, failures of siblings are not lost, a cancel has a cause, and
 * results stay readable after close.
 *
 * @param <X> the checked exceptions that tasks may throw: {@code RuntimeException} if none, {@code Exception} if many
 */
public sealed class TaskScope<X extends Throwable> implements AutoCloseable {
    final ScopeRun run;
    private final Cleaner.Cleanable watch;

    TaskScope(ScopeRun run) {
        this.run = run;
        this.watch = watched();
    }

    private Cleaner.Cleanable watched() {
        try {
            return Abandoned.watch(this, run::abandon);
        } catch (Throwable noMemory) {
            run.closeUnused(); // nobody gets this scope
            throw noMemory;
        }
    }

    /**
     * Opens a scope whose tasks must all succeed: the first failure stops the rest, and {@link #join} throws it. The
     * calling thread owns it; if that runs a task of a scope or has opened one, the new one is nested in that.
     *
     * @param <X> the checked exceptions that the tasks may throw, as inferred from what the scope is assigned to
     * @return the scope, to be closed by this thread
     * @throws X never; because this is said, the compiler infers {@code RuntimeException} for {@code var}
     */
    public static <X extends Throwable> TaskScope<X> failFast() throws X {
        return builder().failFast();
    }

    /**
     * Opens a scope of which the first task to return wins, and stops the rest. {@link #join} throws the first failure,
     * with the others suppressed, if none returns. Another task that returns although it was stopped is a success, too,
     * but not the {@link #winner}. The calling thread owns the scope; if that runs a task of a scope or has opened one,
     * the new one is nested in that.
     *
     * @param <X> the checked exceptions that the tasks may throw, as inferred from what the scope is assigned to
     * @return the scope, to be closed by this thread
     * @throws X never; because this is said, the compiler infers {@code RuntimeException} for {@code var}
     */
    public static <X extends Throwable> TaskScope<X> firstSuccess() throws X {
        return builder().firstSuccess();
    }

    /**
     * Opens a scope that waits for all of its tasks, however they end. The calling thread owns it; if that runs a task
     * of a scope or has opened one, the new one is nested in that.
     *
     * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="joinAll"}
     *
     * @return the scope, to be closed by this thread
     */
    public static JoinAll joinAll() {
        return builder().joinAll();
    }

    /**
     * Opens a scope with a policy of the user's own. The calling thread owns it; if that runs a task of a scope or has
     * opened one, the new one is nested in that.
     *
     * @param policy decides when the scope stops and what its join returns or throws
     * @param <T> the type of the tasks' results
     * @param <R> the type of what join returns
     * @param <X> the checked exceptions that join throws
     * @return the scope, to be closed by this thread
     */
    public static <T extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
            PolicyScope<T, R, X> open(ScopePolicy<T, R, X> policy) {
        return builder().open(policy);
    }

    /**
     * Begins the settings of a scope with a deadline, an executor or a name.
     *
     * @return a builder of scopes without deadline, on virtual threads
     */
    public static TaskScopeBuilder builder() {
        return TaskScopeBuilder.ofDefaults();
    }

    /**
     * Starts a task. If the scope was stopped, the task does not run, and is cancelled.
     *
     * @param task the task
     * @param <T> the type of its result
     * @return the task, to ask for its result when the scope has been joined
     * @throws WrongThreadException if the calling thread neither owns the scope nor runs a task of it
     * @throws IllegalStateException if the scope was joined or closed
     * @throws RejectedExecutionException if the executor rejects the task, which then never runs and is no part of the
     *     scope
     */
    public <T extends @Nullable Object> Subtask<T> fork(ThrowingSupplier<? extends T, ? extends X> task) {
        Objects.requireNonNull(task, "task");
        try {
            return run.fork(task);
        } finally {
            Reference.reachabilityFence(this); // it is not abandoned while the executor makes the owner wait
        }
    }

    /**
     * Starts a task without a result. If the scope was stopped, the task does not run, and is cancelled.
     *
     * @param task the task
     * @return the task, to ask for its outcome when the scope has been joined
     * @throws WrongThreadException if the calling thread neither owns the scope nor runs a task of it
     * @throws IllegalStateException if the scope was joined or closed
     * @throws RejectedExecutionException if the executor rejects the task, which then never runs and is no part of the
     *     scope
     */
    public Subtask<@Nullable Void> fork(ThrowingRunnable<? extends X> task) {
        Objects.requireNonNull(task, "task");
        return this.<@Nullable Void>fork(() -> {
            task.run();
            return null;
        });
    }

    /**
     * Waits until every task has ended, and those that they forked. When it returns or throws, the results can be read,
     * and no more tasks can be forked. If the owner is interrupted before or meanwhile, all tasks are interrupted and
     * waited for.
     *
     * @throws X if the policy says so, what a task threw
     * @throws InterruptedException if the owner was interrupted, with the failures of tasks suppressed; or if a task on
     *     a thread of its own threw it of its own accord
     * @throws java.util.concurrent.CancellationException after the deadline, with the
     *     {@link java.util.concurrent.TimeoutException} as its cause; after {@link #cancel}; if the executor dropped or
     *     interrupted a task; unless there was a winner before
     * @throws WrongThreadException if the calling thread does not own the scope
     * @throws IllegalStateException if the scope was joined or closed before, if one of its tasks calls this in the
     *     owner's thread, and if the first success is asked for and nothing was forked
     */
    @SuppressWarnings("unchecked") // a checked exception other than InterruptedException can only be a task's X
    public void join() throws X, InterruptedException {
        Throwable failure = joined();
        if (failure != null) {
            throw (X) failure;
        }
    }

    final @Nullable Throwable joined() {
        try {
            return run.join();
        } finally {
            Reference.reachabilityFence(this); // it is not abandoned meanwhile
        }
    }

    /**
     * Stops the scope, unless it was stopped already: running tasks are interrupted, the calling one too if it is one,
     * and those that have not begun never do. It does not wait. Any thread may call it; after {@link #join} it does
     * nothing.
     */
    public void cancel() {
        run.cancel();
    }

    /**
     * Returns the task that was first, in a scope for the {@linkplain #firstSuccess first success}. There is one if
     * {@link #join} returned; if it threw because its owner was interrupted, there may be one.
     *
     * @return the task, a success
     * @throws IllegalStateException if the scope has not been joined, has no winner, or is of another policy
     */
    public Subtask<?> winner() {
        return run.winner();
    }

    /**
     * Ends the scope. Tasks that still run, because it was not joined, are cancelled and waited for, without regard to
     * an interrupt, which is kept. Closing twice does nothing.
     *
     * @throws IllegalStateException if tasks were forked and not joined, with their failures suppressed; and if a scope
     *     opened within this one was not closed, which then has been, too. In a {@code try} whose block throws, this is
     *     suppressed by what it throws
     * @throws WrongThreadException if the calling thread does not own the scope
     */
    @Override
    public void close() {
        run.close(watch);
    }

    @Override
    public String toString() {
        return run.toString();
    }

    /**
     * Runs a task to its end, which an interrupt of the calling thread and the stop of its scope do not reach: a
     * commit, a refund, a goodbye to the other side. The task runs on a virtual thread of its own while the caller
     * waits; it has what is carried from the caller, but not its other thread-locals and locks.
     *
     * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="shield"}
     *
     * <p>An interrupt before or during the call is not lost: when this method returns or throws, the interrupt status
     * of the calling thread is set, and the result is there, too. So the task should be short, for nothing can stop it.
     *
     * <p>What the caller does before the call happens-before the task, and the task happens-before the call's return.
     *
     * @param task the task
     * @param carriers what carries the caller's context, besides the {@linkplain ContextCarrier#defaults() defaults}
     * @param <T> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return what the task returned
     * @throws X what the task threw
     * @throws InterruptedException only if the task threw it of its own accord
     */
    public static <T extends @Nullable Object, X extends Throwable> T shield(
            ThrowingSupplier<T, X> task, ContextCarrier... carriers) throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        JoinedTask<T> running =
                new JoinedTask<>("weir-shield", Contexts.byDefault().and(carriers), task);
        running.runShielded();
        return running.<X>result();
    }

    /**
     * How far the scope is. Any thread may ask, also when the scope is closed. It does not wait; it looks at each task
     * that has not ended.
     *
     * @return the numbers now
     */
    public TaskScopeMetrics metrics() {
        return run.tasks.metrics();
    }

    /**
     * A scope that joins all of its tasks, whatever they throw: {@link #join} throws no failure, and
     * {@link Subtask#outcome} returns each one's end, also after the deadline and after {@link #cancel}.
     *
     * <p><b>Thread-safety.</b> As of {@link TaskScope}. <b>Blocking.</b> {@code join} and {@code close} wait for all
     * tasks. <b>Interruption.</b> As of {@link TaskScope}. <b>Fairness.</b> As of {@link TaskScope}. <b>Memory
     * effects.</b> As of {@link TaskScope}.
     */
    public static final class JoinAll extends TaskScope<Throwable> {
        JoinAll(ScopeRun run) {
            super(run);
        }

        /**
         * Waits until every task has ended, and those that they forked. When it returns or throws, the outcomes can be
         * read, and no more tasks can be forked. If the owner is interrupted before or meanwhile, all tasks are
         * interrupted and waited for.
         *
         * @throws InterruptedException if the owner was interrupted
         * @throws WrongThreadException if the calling thread does not own the scope
         * @throws IllegalStateException if the scope was joined or closed before, and if one of its tasks calls this in
         *     the owner's thread
         */
        @Override
        public void join() throws InterruptedException {
            if (joined() instanceof InterruptedException interrupt) {
                throw interrupt;
            }
        }
    }
}

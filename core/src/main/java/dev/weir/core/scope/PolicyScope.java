package dev.weir.core.scope;

import dev.weir.core.Outcome;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Abandoned;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link TaskScope} whose {@link ScopePolicy} decides when it stops, and what its join returns or throws. Opened by
 * {@link TaskScope#open} and {@link TaskScopeBuilder#open}.
 *
 * <p>What is said at {@link TaskScope} of structure, interrupts, threads, context, nesting and memory effects holds
 * here too. Tasks may throw anything, since it is the policy that gets their failures. The scope keeps all outcomes
 * until it is collected.
 *
 * <p><b>Thread-safety.</b> As of {@link TaskScope}: any task forks, the owner alone joins and closes. <b>Blocking.</b>
 * {@link #join} and {@link #close} wait for all tasks. <b>Interruption.</b> Ends {@code join}, which stops the tasks
 * and waits for them; {@code close} waits on, and keeps the interrupt status. <b>Fairness.</b> None: tasks start as
 * they are forked. <b>Memory effects.</b> As of {@link TaskScope}.
 *
 * @param <T> the type of the tasks' results
 * @param <R> the type of what {@link #join} returns
 * @param <X> the checked exceptions that {@link #join} throws
 */
public final class PolicyScope<T extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
        implements AutoCloseable {
    private final ScopePolicy<T, R, X> policy;
    private final ScopeRun run;
    private final Cleaner.Cleanable watch;

    /** Tasks fork, too. */
    private final Queue<ForkedTask<T>> forked = new ConcurrentLinkedQueue<>();

    PolicyScope(ScopePolicy<T, R, X> policy, ScopeSettings settings) {
        this.policy = policy;
        this.run = new ScopeRun(ScopeKind.OF_POLICY, settings, new StopQuestion(policy));
        this.watch = Abandoned.watch(this, run::abandon);
    }

    /**
     * Starts a task. If the scope was stopped, the task does not run, and is cancelled.
     *
     * @param task the task
     * @return the task, to ask for its result when the scope has been joined
     * @throws WrongThreadException if the calling thread neither owns the scope nor runs a task of it
     * @throws IllegalStateException if the scope was joined or closed
     * @throws RejectedExecutionException if the executor rejects the task, which then never runs and is no part of the
     *     scope
     */
    public Subtask<T> fork(ThrowingSupplier<? extends T, ?> task) {
        Objects.requireNonNull(task, "task");
        try {
            ForkedTask<T> fork = run.fork(task);
            forked.add(fork);
            return fork;
        } finally {
            Reference.reachabilityFence(this); // it is not abandoned while the executor makes the owner wait
        }
    }

    /**
     * Waits until every task has ended, and those that they forked; then asks the policy for the result. If the owner
     * is interrupted before or meanwhile, all tasks are interrupted and waited for.
     *
     * @return what the policy returned
     * @throws X what the policy threw
     * @throws InterruptedException if the owner was interrupted, with the failures of tasks suppressed; the policy is
     *     not asked then
     * @throws CancellationException by default, if the scope was stopped and not by its policy: by its deadline, by
     *     {@link #cancel}, by an executor that dropped a task, or because the policy failed
     * @throws WrongThreadException if the calling thread does not own the scope
     * @throws IllegalStateException if the scope was joined or closed before, and if one of its tasks calls this in the
     *     owner's thread
     */
    public R join() throws X, InterruptedException {
        try {
            Throwable stopped = run.join();
            if (stopped instanceof InterruptedException interrupt) {
                throw interrupt;
            }
            return ask((CancellationException) stopped);
        } finally {
            Reference.reachabilityFence(this); // it is not abandoned meanwhile
        }
    }

    @SuppressWarnings("unchecked") // a checked exception can only be the policy's X
    private R ask(@Nullable CancellationException stopped) throws X {
        List<Outcome<T>> all = new ArrayList<>();
        for (ForkedTask<T> task : forked) {
            all.add(task.outcome());
        }
        List<Outcome<T>> outcomes = Collections.unmodifiableList(all);
        try {
            return stopped == null ? policy.result(outcomes) : policy.cancelled(outcomes, stopped);
        } catch (Throwable thrown) {
            throw (X) run.withFailures(thrown);
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
     * Ends the scope. Tasks that still run, because it was not joined, are cancelled and waited for, without regard to
     * an interrupt, which is kept. Closing twice does nothing.
     *
     * @throws IllegalStateException if tasks were forked and not joined, with their failures suppressed; and if a scope
     *     opened within this one was not closed, which then has been, too
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
}

package dev.weir.core.scope;

import dev.weir.core.Outcome;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a scope stops its tasks, and what its join returns or throws: for what {@link TaskScope#failFast},
 * {@link TaskScope#joinAll} and {@link TaskScope#firstSuccess} do not cover.
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="policy"}
 *
 * <p>A policy needs no state: it is given the counts and, at the end, all outcomes. One without state may be kept, and
 * used by any number of scopes at once.
 *
 * <p><b>Thread-safety.</b> {@link #stopsAt} may be called by several threads at once; {@link #result} and
 * {@link #cancelled} are called once, by the owner. <b>Blocking.</b> {@code stopsAt} must not block: its task does not
 * count as ended before it returns. <b>Interruption.</b> It should ignore an interrupt. <b>Fairness.</b> None: tasks
 * that end at once are reported in any order, each with counts that no other call gets. <b>Memory effects.</b> A task
 * happens-before the call that reports its end, and all of these before {@code result}.
 *
 * @param <T> the type of the tasks' results
 * @param <R> the type of what join returns
 * @param <X> the checked exceptions that join throws: {@code RuntimeException} if none
 */
public interface ScopePolicy<T extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {
    /**
     * Decides whether the scope stops, now that a task has returned or thrown. A stop interrupts the tasks that run,
     * and ends those that have not begun. It is not asked any more once the scope has been stopped.
     *
     * <p>Called by the thread that ran the task, before the task counts as ended, so it must not block; several threads
     * may call it at once, each with counts that no other call gets. If it throws, the scope stops, and what it threw
     * is the cause of the exception that {@link #cancelled} is given.
     *
     * @param ended what became of the task, a success or a failure
     * @param successes how many tasks have returned, this one included
     * @param failures how many tasks have thrown, this one included
     * @return true to stop the scope
     */
    boolean stopsAt(Outcome<T> ended, int successes, int failures);

    /**
     * Makes what join returns, or throws, of the outcomes, if the scope was not stopped or by this policy. Called once
     * by the owner within {@link PolicyScope#join}, when no task runs any more. The outcomes are the policy's from then
     * on: the scope does not log their failures, nor release their results.
     *
     * @param outcomes what became of all tasks, in the order in which {@code fork} returned them, unmodifiable. There
     *     may be more successes and failures than at the stop, by tasks that ended at that time, and there are
     *     cancellations of those that the stop ended
     * @return what join returns
     * @throws X what join throws. It gets the tasks' failures as suppressed, up to ten and a count of the rest, and a
     *     trace of the owner's stack if it is one of them
     */
    R result(List<Outcome<T>> outcomes) throws X;

    /**
     * Makes what join returns, or throws, if something else than this policy stopped the scope: its deadline,
     * {@link PolicyScope#cancel}, an executor that dropped a task. By default throws the cancellation. A policy that
     * settles for what there is at the deadline makes a result instead. Called as {@link #result} is. It is not called
     * if the owner was interrupted.
     *
     * @param outcomes what became of all tasks, as for {@link #result}
     * @param cancellation what stopped the scope; its cause is the {@link java.util.concurrent.TimeoutException} if
     *     that was the deadline
     * @return what join returns
     * @throws X what join throws
     * @throws CancellationException by default, the cancellation
     */
    default R cancelled(List<Outcome<T>> outcomes, CancellationException cancellation) throws X {
        throw cancellation;
    }
}

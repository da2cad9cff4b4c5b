package dev.weir.core.internal.wait;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that is handed to an executor as a {@link java.util.concurrent.Future}, so that one of its two owners may end it
 * before it begins: an executor that drops it cancels it, and the one that handed it over {@linkplain #withdraw()
 * withdraws} it when its result is of no use any more. {@link #done()} is called once, however it ends.
 *
 * <p>Once it has ended, it does not keep its work reachable, though a queue may hold it for long.
 */
public abstract class HandedTask extends FutureTask<@Nullable Void> {
    /** How often a thread that waits for tasks looks whether their executor has been terminated. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private static final Logger LOG = LoggerFactory.getLogger(HandedTask.class);

    private final @Nullable Executor executor;

    /** Takes the task out of the queue of an executor of ours; until it has ended. */
    private volatile @Nullable Runnable removal;

    private volatile boolean begun;

    /**
     * Makes a task.
     *
     * @param executor the executor that it is going to be handed to
     * @param work what to run, which must not throw: nobody gets what it throws
     */
    @SuppressWarnings("NullAway") // the result is nobody's
    protected HandedTask(Executor executor, Runnable work) {
        super(work, null);
        this.executor = executor instanceof ThreadPoolExecutor ? executor : null;
    }

    /**
     * Called by an executor of ours when it is handed the task.
     *
     * @param removal takes the task out of the executor's queue; called when the task is withdrawn, must not throw
     */
    public final void onWithdrawal(Runnable removal) {
        this.removal = removal;
    }

    /** Ends the task if it has not begun, and gives its place in the executor's queue back. May be called again. */
    public final void withdraw() {
        if (begun) {
            return;
        }
        Runnable remove = removal;
        removal = null;
        cancel(false);
        if (remove != null) {
            remove.run();
        } else if (executor instanceof ThreadPoolExecutor pool) {
            removeFrom(pool);
        }
    }

    @Override
    public void run() {
        begun = true; // so it has left the queue
        removal = null;
        super.run();
    }

    /**
     * Waits for tasks that were handed to an executor, as {@link Waiter#await(BooleanSupplier, Object, Deadline)} does
     * without a deadline. If the executor is terminated meanwhile, it never runs what it has not begun, though the
     * JDK's pools cancel nothing then.
     *
     * @param executor the executor, or null if the tasks have threads of their own
     * @param condition what is waited for; must hold after {@code terminated} has been called
     * @param blocker what thread dumps show as waited for
     * @param terminated what to do when the executor is found terminated; may be called more than once
     * @return {@link Waiter.End#SIGNALLED} or {@link Waiter.End#INTERRUPTED}
     */
    public static Waiter.End await(
            @Nullable Executor executor, BooleanSupplier condition, Object blocker, Runnable terminated) {
        if (!(executor instanceof ExecutorService service)) {
            return Waiter.await(condition, blocker, Deadline.never());
        }
        Waiter.End end = Waiter.End.EXPIRED;
        while (end == Waiter.End.EXPIRED) {
            end = Waiter.await(condition, blocker, Deadline.after(LOOK_EVERY));
            if (end == Waiter.End.EXPIRED && isTerminated(service)) {
                terminated.run();
            }
        }
        return end;
    }

    /** False also if the executor throws: the wait goes on then, as the tasks may still run. */
    private static boolean isTerminated(ExecutorService service) {
        try {
            return service.isTerminated();
        } catch (Throwable broken) {
            Callbacks.error(LOG, "{} does not say whether it is terminated", service, broken);
            return false;
        }
    }

    private void removeFrom(ThreadPoolExecutor pool) {
        try {
            pool.remove(this);
        } catch (Throwable broken) { // of the user's class, or queue; the task has ended all the same
            Callbacks.error(LOG, "{} does not let go of a task that has ended", pool, broken);
        }
    }

    /** Called once: when the work has been run, or never will be, which {@link #isCancelled()} says. */
    @Override
    protected abstract void done();
}

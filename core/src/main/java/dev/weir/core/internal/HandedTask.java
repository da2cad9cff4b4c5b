package dev.weir.core.internal;

import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Work that is handed to an executor as a {@link java.util.concurrent.Future}, so that one of its two owners may end it
 * before it begins: an executor that drops it cancels it, and who handed it over {@linkplain #withdraw() withdraws} it
 * when its result is of no use any more. {@link #done()} is called once, however it ends.
 *
 * <p>Once it has ended, it does not keep its work reachable, though a queue may hold it for long.
 */
public abstract class HandedTask extends FutureTask<@Nullable Void> {
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
            pool.remove(this);
        }
    }

    @Override
    public void run() {
        begun = true; // so it has left the queue
        removal = null;
        super.run();
    }

    /** Called once: when the work has been run, or never will be, which {@link #isCancelled()} says. */
    @Override
    protected abstract void done();
}

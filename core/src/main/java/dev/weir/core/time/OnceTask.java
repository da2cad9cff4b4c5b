package dev.weir.core.time;

import dev.weir.core.internal.Callbacks;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task that is run once or cancelled once, never both.
 *
 * <pre>
 *   PENDING --claim--&gt; CLAIMED       (the task runs)
 *      \-----cancel--&gt; CANCELLED     (it never does)
 * </pre>
 */
abstract sealed class OnceTask implements TimeSource.ScheduledTask permits SystemTimeSource.TimerTask, ManualEvent {
    private static final Logger LOG = LoggerFactory.getLogger(TimeSource.class);
    private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "state", VarHandle.class, OnceTask.class, int.class);

    private static final int PENDING = 0;
    private static final int CLAIMED = 1;
    private static final int CANCELLED = 2;

    /** The thread that claims or cancels the task takes it out: a handle that is kept keeps nothing else alive. */
    private @Nullable Runnable task;

    @SuppressWarnings("unused") // through STATE
    private volatile int state = PENDING;

    OnceTask(Runnable task) {
        this.task = task;
    }

    /** Runs the task unless it was cancelled or has been run. */
    final void runOnce() {
        if (!STATE.compareAndSet(this, PENDING, CLAIMED)) {
            return;
        }
        Runnable claimed = task;
        task = null;
        if (claimed != null) { // as it is, until now
            Callbacks.run(LOG, "a scheduled task", claimed::run);
        }
    }

    @Override
    public final boolean cancel() {
        if (!STATE.compareAndSet(this, PENDING, CANCELLED)) {
            return false;
        }
        task = null;
        cancelled();
        return true;
    }

    /** Frees what waits for the task's time. */
    abstract void cancelled();
}

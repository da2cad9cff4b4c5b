package dev.weir.core.time;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
abstract sealed class OnceTask implements TimeSource.ScheduledTask
        permits SystemTimeSource.TimerTask, ManualTimeSource.Event {
    private static final Logger LOG = LoggerFactory.getLogger(TimeSource.class);
    private static final VarHandle STATE;

    private static final int PENDING = 0;
    private static final int CLAIMED = 1;
    private static final int CANCELLED = 2;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(OnceTask.class, "state", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final Runnable task;

    @SuppressWarnings("unused") // through STATE
    private volatile int state = PENDING;

    OnceTask(Runnable task) {
        this.task = task;
    }

    final boolean isPending() {
        return state == PENDING;
    }

    /** Runs the task unless it was cancelled or has been run. */
    final void runOnce() {
        if (!STATE.compareAndSet(this, PENDING, CLAIMED)) {
            return;
        }
        try {
            task.run();
        } catch (Throwable failure) {
            LOG.error("a scheduled task failed", failure);
        }
    }

    @Override
    public final boolean cancel() {
        if (!STATE.compareAndSet(this, PENDING, CANCELLED)) {
            return false;
        }
        cancelled();
        return true;
    }

    /** Frees what waits for the task's time. */
    abstract void cancelled();
}

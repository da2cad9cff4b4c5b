package dev.weir.core.pool;

import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown to the submitter of a task that was not accepted, and so never runs; says why. Immutable but for its stack and
 * what is suppressed in it.
 */
public final class TaskRejectedException extends RejectedExecutionException {
    private static final long serialVersionUID = 1;

    /** Why a task was not accepted. */
    public enum Reason {
        /** There was no room, and the {@link Saturation} says that nobody waits for it. */
        SATURATED,
        /** There was no room for as long as the {@link Saturation} lets a submitter wait. */
        TIMED_OUT,
        /** The executor is shut down. To submit the task again is of no use. */
        SHUT_DOWN,
        /** There is no worker, and no thread could be started; the cause says why. */
        NOT_STARTED,
        /**
         * There was no room, and the submitter is a task of the executor itself, which must not wait for it. A pool
         * runs the new task within that one, but not any number of tasks within one another.
         */
        SELF_WAIT,
        /** The submitter was interrupted while it waited for room; its interrupt status is set. */
        INTERRUPTED
    }

    /** Why the task was not accepted. */
    private final Reason reason;

    /**
     * Makes the exception, for an executor.
     *
     * @param reason why the task was not accepted
     * @param message the executor's name, and why it does not accept the task
     * @param cause what was thrown where a thread was to be started or a submitter waited, or null
     */
    public TaskRejectedException(Reason reason, String message, @Nullable Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /**
     * Returns why the task was not accepted.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}

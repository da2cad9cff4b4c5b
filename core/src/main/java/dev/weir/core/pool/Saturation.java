package dev.weir.core.pool;

import dev.weir.core.internal.Checks;
import java.time.Duration;

/**
 * What a {@link WorkerPool} does with a task when all workers are busy and the queue is full.
 *
 * <p>A task that a worker of the pool itself submits to its full pool never waits for room, which could be for ever.
 * Where another caller would wait, the worker runs the task within its own, at once, as with {@link #callerRuns()}. The
 * two share the thread: a lock that the outer task holds is the inner one's as well. Tasks run within one another up to
 * 32 deep; a task that would go deeper is rejected, so one that submits itself again and again to a full pool gets an
 * exception.
 *
 * <p><b>Thread-safety.</b> Immutable. <b>Blocking.</b> {@link #block()} makes the submitter wait for room, and
 * {@link #callerRuns()} lets it run the task; the others do not block. <b>Interruption.</b> An interrupt ends the wait
 * for room with a {@link TaskRejectedException}, and the interrupt status stays set. <b>Fairness.</b> Submitters that
 * wait are woken in the order in which they came.
 */
public final class Saturation {
    /** What is done with the task, for code that applies the policy. */
    public enum Kind {
        /** The submitter waits for room. */
        BLOCK,
        /** The submitter runs the task. */
        CALLER_RUNS,
        /** The task is rejected. */
        REJECT,
        /** The oldest waiting task is cancelled. */
        DISCARD_OLDEST
    }

    final Kind kind;
    final long timeoutNanos;

    private Saturation(Kind kind, long timeoutNanos) {
        this.kind = kind;
        this.timeoutNanos = timeoutNanos;
    }

    /**
     * The submitter waits until there is room, which slows it down to the speed of the pool.
     *
     * @return the policy, the default
     */
    public static Saturation block() {
        return new Saturation(Kind.BLOCK, Long.MAX_VALUE);
    }

    /**
     * The submitter waits until there is room, but no longer than the timeout; then the task is rejected.
     *
     * @param timeout the longest wait, positive
     * @return the policy
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public static Saturation block(Duration timeout) {
        return new Saturation(Kind.BLOCK, Checks.saturatedNanos(Checks.positive(timeout, "timeout")));
    }

    /**
     * The submitter runs the task itself, in the context that it has, which is afterwards what it was before. In a
     * pause it waits for the end of the pause first.
     *
     * @return the policy
     */
    public static Saturation callerRuns() {
        return new Saturation(Kind.CALLER_RUNS, 0);
    }

    /**
     * The task is rejected.
     *
     * @return the policy
     */
    public static Saturation reject() {
        return new Saturation(Kind.REJECT, 0);
    }

    /**
     * The task that has waited longest in the queue gives way: its future, or the {@code Future} that was handed in, is
     * cancelled. (In a pool with priorities it is the oldest one of the lowest priority; in one with fair shares, the
     * oldest one of the tenant that has most tasks waiting for its weight.) With a queue of no capacity there is no
     * such task, and the new one is rejected.
     *
     * @return the policy
     */
    public static Saturation discardOldest() {
        return new Saturation(Kind.DISCARD_OLDEST, 0);
    }

    /**
     * Returns what this policy does with a task that finds no room.
     *
     * @return the kind of policy
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns how long a submitter waits for room at most, with a policy of the kind {@link Kind#BLOCK}.
     *
     * @return the timeout; zero for other kinds, and about 292 years if there is none
     */
    public Duration timeout() {
        return Duration.ofNanos(timeoutNanos);
    }

    /**
     * The kind of policy, and the timeout if it has one.
     *
     * @return for instance {@code Saturation[BLOCK for at most PT2S]}
     */
    @Override
    public String toString() {
        boolean limited = kind == Kind.BLOCK && timeoutNanos != Long.MAX_VALUE;
        return "Saturation[" + kind + (limited ? " for at most " + timeout() : "") + "]";
    }
}

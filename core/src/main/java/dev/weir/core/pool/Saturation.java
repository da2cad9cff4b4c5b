package dev.weir.core.pool;

import dev.weir.core.internal.Checks;
import java.time.Duration;

/**
 * What a {@link WorkerPool} does with a task when all workers are busy and the queue is full. Immutable.
 *
 * <p>A task that a worker of the pool itself gives to its saturated pool is never waited for, which could wait for ever:
 * where another caller would block, the worker runs it.
 *
 * <p>A task may also find no place among those that wait for their {@linkplain TaskOptions#key key}. Nobody may run it
 * out of turn then: with {@link #callerRuns()} its submitter waits, a worker of the pool itself gets a rejection where it
 * would have to wait, and with {@link #discardOldest()} the oldest one of the same key gives way.
 */
public final class Saturation {
    enum Kind {
        BLOCK,
        CALLER_RUNS,
        REJECT,
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
     * The submitter waits until there is room, for so long at most, and then the task is rejected.
     *
     * @param timeout how long, positive
     * @return the policy
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public static Saturation block(Duration timeout) {
        return new Saturation(Kind.BLOCK, Checks.saturatedNanos(Checks.positive(timeout, "timeout")));
    }

    /**
     * The submitter runs the task itself.
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
     * The task that has waited longest in the queue gives way: its future is cancelled. (In a pool with priorities it is
     * the oldest one of the lowest priority.) With a queue of no capacity there is no such task, and the new one is
     * rejected.
     *
     * @return the policy
     */
    public static Saturation discardOldest() {
        return new Saturation(Kind.DISCARD_OLDEST, 0);
    }
}

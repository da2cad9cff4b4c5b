package dev.weir.core;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * A point in time by which something must be done, on a monotonic clock. Passing one on through several steps keeps
 * them within one budget, where passing a timeout on gives each step the whole of it.
 *
 * <p><b>Thread-safety.</b> Immutable; reading it costs one reading of its clock. Nothing blocks. It is safe against
 * overflow: a deadline too far away for the clock (292 years) is {@linkplain #never() never} reached, and the wrap of
 * {@link System#nanoTime()} does not matter.
 */
public final class Deadline {
    private static final Deadline NEVER = new Deadline(TimeSource.system(), true, 0);

    private final TimeSource time;
    private final boolean never;
    private final long atNanos;

    private Deadline(TimeSource time, boolean never, long atNanos) {
        this.time = time;
        this.never = never;
        this.atNanos = atNanos;
    }

    /**
     * A deadline that is {@code timeout} from now, on the {@linkplain TimeSource#system() system clock}.
     *
     * @param timeout how long from now; zero or less is a deadline that has passed
     * @return the deadline
     */
    public static Deadline after(Duration timeout) {
        return after(timeout, TimeSource.system());
    }

    /**
     * A deadline that is {@code timeout} from now, on the given clock.
     *
     * @param timeout how long from now; zero or less is a deadline that has passed
     * @param time the clock
     * @return the deadline
     */
    public static Deadline after(Duration timeout, TimeSource time) {
        Objects.requireNonNull(timeout, "timeout");
        Objects.requireNonNull(time, "time");
        long nanos = Math.max(0, Checks.saturatedNanos(timeout));
        return nanos == Long.MAX_VALUE
                ? new Deadline(time, true, 0) // not the one of the system's clock: atMost is on this one
                : new Deadline(time, false, time.nanoTime() + nanos);
    }

    /**
     * The deadline that never comes.
     *
     * @return a deadline that never expires
     */
    public static Deadline never() {
        return NEVER;
    }

    /**
     * How many nanoseconds there are left.
     *
     * @return the nanoseconds, 0 once the deadline has passed, {@link Long#MAX_VALUE} if it never will
     */
    public long remainingNanos() {
        return never ? Long.MAX_VALUE : Math.max(0, leftAt(time.nanoTime()));
    }

    /** What is left at a reading of the clock, below zero once it has passed. Never for a deadline that never comes. */
    private long leftAt(long nowNanos) {
        // The difference of two readings is right across the wrap of nanoTime; the readings themselves are not ordered.
        return atNanos - nowNanos;
    }

    /**
     * How long there is left.
     *
     * @return the time left, zero once the deadline has passed, about 292 years if it never will
     */
    public Duration remaining() {
        return Duration.ofNanos(remainingNanos());
    }

    /**
     * Whether the deadline has passed.
     *
     * @return true from the deadline's own instant on
     */
    public boolean isExpired() {
        return remainingNanos() == 0;
    }

    /**
     * Whether this deadline never comes.
     *
     * @return true for {@link #never()} and for timeouts beyond the range of the clock
     */
    public boolean isNever() {
        return never;
    }

    /**
     * Returns normally while there is time left.
     *
     * @throws TimeoutException if the deadline has passed
     */
    public void check() throws TimeoutException {
        if (isExpired()) {
            throw new TimeoutException("the deadline has passed");
        }
    }

    /**
     * Parks the current thread until it is unparked or interrupted, or this deadline has passed on its clock. As
     * {@link java.util.concurrent.locks.LockSupport#park(Object)}, it may return spuriously, throws nothing and leaves
     * the interrupt status alone: call it in a loop.
     *
     * @param blocker the object that the thread waits for, shown in thread dumps
     */
    public void parkUntilExpired(Object blocker) {
        Objects.requireNonNull(blocker, "blocker");
        if (isNever()) {
            LockSupport.park(blocker);
        } else {
            time.parkUntilNanos(blocker, atNanos);
        }
    }

    /**
     * Has a task run once this deadline has passed, as {@link TimeSource#schedule} does on this deadline's clock: the
     * task must be quick, as it runs on the timer's thread. If the deadline never comes, the task never runs.
     *
     * @param task the task, quick
     * @return a handle that cancels the task
     */
    public TimeSource.ScheduledTask schedule(Runnable task) {
        Objects.requireNonNull(task, "task");
        return never ? () -> false : time.schedule(task, remaining());
    }

    /**
     * The earlier one of this deadline and another. Of two that have passed, that is the one which passed longer ago.
     *
     * @param other the other deadline, on the same clock or another one
     * @return whichever has less time left now; this one if they are equal
     */
    public Deadline earliest(Deadline other) {
        Objects.requireNonNull(other, "other");
        if (other.never || this == other) {
            return this;
        }
        if (never) {
            return other;
        }
        // Each against its clock now: two deadlines may be further apart than a long can hold.
        long now = time.nanoTime();
        long otherNow = time.equals(other.time) ? now : other.time.nanoTime();
        return leftAt(now) <= other.leftAt(otherNow) ? this : other;
    }

    /**
     * The earlier one of this deadline and a timeout that starts now, on this deadline's clock.
     *
     * @param timeout how long from now; zero or less is a deadline that has passed
     * @return the earlier deadline; this one if they are equal
     */
    public Deadline atMost(Duration timeout) {
        return earliest(after(timeout, time));
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Deadline[in PT1.5S]}
     */
    @Override
    public String toString() {
        return isNever() ? "Deadline[never]" : "Deadline[in " + remaining() + "]";
    }
}

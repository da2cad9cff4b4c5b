package dev.weir.core.internal.wait;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that waits for a signal, and the park loop of all waits in Weir. An entry of a waiting line extends this
 * class, and a {@link WaiterQueue} links such entries.
 *
 * <pre>
 *   WAITING --signal--&gt; SIGNALLED --clearSignal, renew--&gt; WAITING
 * </pre>
 *
 * <p><b>The waiting half.</b> The forms of {@code await} return when the condition holds, when the thread is
 * interrupted, or when the deadline has passed; {@link Deadline#isNever() never} is the only "for ever". In each round
 * the loop looks at the condition first, then at the interrupt status, then at the clock, and then parks. Nothing
 * between the look at the condition and the park may park the thread itself, as that would use up the wakeup (decision
 * record 0004); reading a {@link TimeSource} does not. When the deadline has passed, the condition is looked at once
 * more, so a signal that comes as the time runs out counts.
 *
 * <p><b>A wait that has parked with a timeout never parks without one afterwards</b>: on JDK 25 before 25.0.3, a
 * virtual thread may stay parked for ever in an untimed park that follows a timed one (JDK-8369227). A waiter remembers
 * that it has parked timed until it is {@linkplain #renew() renewed}, and then parks for an hour at a time instead.
 *
 * <p><b>A TimeSource that throws</b> breaks its contract and ends the wait: what it throws is logged at ERROR, the
 * condition is looked at once more, and the result is {@link End#EXPIRED} if it does not hold. So no wait throws
 * because of its clock; judge a wait by its result, not by reading the deadline again. A caller that waits in steps
 * shorter than its own deadline must end, not take the next step, when a step has expired though its deadline has not.
 * What may leave a wait besides is what a condition or the JVM throws (a {@link StackOverflowError}, for instance):
 * leave the line in a {@code finally}.
 *
 * <p><b>The waking half.</b> A thread that makes the condition true does that first and unparks the waiting thread
 * afterwards. {@link #signal()} does both; {@link #markSignalled()} does the first half, under the line's lock, and
 * returns the thread for {@link LockSupport#unpark} to be called outside of it.
 *
 * <p>The waiting thread calls the {@code await} methods; everything else is guarded by the lock of the line that the
 * waiter stands in.
 */
public class Waiter implements BooleanSupplier {
    /** How a wait ended. */
    public enum End {
        /** The condition holds. An interrupt that came as well is still pending. */
        SIGNALLED,
        /** The thread is interrupted. Its status is still set: leave the line, pass a signal on, and then throw. */
        INTERRUPTED,
        /** The deadline has passed, and the condition did not hold at a last look. */
        EXPIRED
    }

    private static final Logger LOG = LoggerFactory.getLogger(TimeSource.class);

    static {
        // Its first use may be where there is no memory, and then the JVM would never initialise it again.
        Objects.requireNonNull(End.EXPIRED);
    }

    /** How long an untimed wait parks at a time once it has parked timed. */
    private static final long SLICE_NANOS = Duration.ofHours(1).toNanos();

    // Guarded by the lock of the line, and published to the waker by it. The waker reads the thread before it sets the
    // signal: a waiter that is signalled may be gone, and be used again for another thread.
    private @Nullable Thread thread;

    // Volatile: written under the lock of the line, before the unpark; the waiting thread reads it without the lock.
    private volatile boolean signalled;

    /** Whether this wait has parked with a timeout; the waiting thread's own. */
    private boolean parkedTimed;

    /**
     * When this wait began, by {@link WaitText#now}, or 0; odd if it began earlier, and was first described then.
     * Written by the waiting thread, and by a description under the lock of the line.
     */
    private int waitsSince;

    // Guarded by the lock of the queue.
    @Nullable
    Waiter previous;

    @Nullable
    Waiter next;

    @Nullable
    WaiterQueue<?> queue;

    /** Makes a waiter for the current thread. */
    public Waiter() {
        this(Thread.currentThread());
    }

    /**
     * Makes a waiter for a thread.
     *
     * @param thread the thread that is going to wait, or null for an entry that no thread waits for
     */
    public Waiter(@Nullable Thread thread) {
        this.thread = thread;
    }

    // ---- the waiting half

    /**
     * Waits for the signal; an interrupt ends the wait.
     *
     * @param blocker what thread dumps show as waited for
     * @param deadline how long to wait
     * @return how the wait ended
     */
    public final End await(Object blocker, Deadline deadline) {
        return await(blocker, deadline, true);
    }

    /**
     * Waits for the signal. An interrupt does not end the wait; the thread's interrupt status is set when this returns.
     *
     * @param blocker what thread dumps show as waited for
     * @param deadline how long to wait
     * @return {@link End#SIGNALLED} or {@link End#EXPIRED}
     */
    public final End awaitUninterruptibly(Object blocker, Deadline deadline) {
        return await(blocker, deadline, false);
    }

    /**
     * Waits for the signal for a short time on the system's clock, as the first phase of a wait that goes on with
     * {@link #await(Object, Deadline)} if this one expires; an interrupt ends it.
     *
     * @param blocker what thread dumps show as waited for
     * @param nanos how long to wait
     * @return how the wait ended
     */
    public final End awaitAtMost(Object blocker, long nanos) {
        return await(blocker, Deadline.after(Duration.ofNanos(nanos)), true);
    }

    private End await(Object blocker, Deadline deadline, boolean interruptible) {
        boolean timedBefore = parkedTimed;
        parkedTimed |= !deadline.isNever();
        // A virtual thread parks for little more than a look at the clock costs: its time counts from the first dump.
        if (waitsSince == 0 && !signalled && !Thread.currentThread().isVirtual()) {
            waitsSince = WaitText.now();
        }
        return await(this, blocker, deadline, interruptible, timedBefore);
    }

    /**
     * Waits until a condition holds that others make true before they unpark the current thread; an interrupt ends the
     * wait.
     *
     * @param condition what is waited for; called often, must not park after its own look
     * @param blocker what thread dumps show as waited for
     * @param deadline how long to wait
     * @return how the wait ended
     */
    public static End await(BooleanSupplier condition, Object blocker, Deadline deadline) {
        return await(condition, blocker, deadline, true, false);
    }

    /**
     * Waits until a condition holds that others make true before they unpark the current thread. An interrupt does not
     * end the wait; the thread's interrupt status is set when this returns.
     *
     * @param condition what is waited for; called often, must not park after its own look
     * @param blocker what thread dumps show as waited for
     * @param deadline how long to wait
     * @return {@link End#SIGNALLED} or {@link End#EXPIRED}
     */
    public static End awaitUninterruptibly(BooleanSupplier condition, Object blocker, Deadline deadline) {
        return await(condition, blocker, deadline, false, false);
    }

    /** The park loop. Nothing in it may park between the look at the condition and the park. */
    static End await(
            BooleanSupplier condition, Object blocker, Deadline deadline, boolean interruptible, boolean timedBefore) {
        Thread self = Thread.currentThread();
        boolean interrupted = false;
        try {
            while (!condition.getAsBoolean()) {
                if (!interruptible) {
                    interrupted |= Thread.interrupted(); // kept for the end: the park would return at once
                } else if (self.isInterrupted()) {
                    return End.INTERRUPTED;
                }
                if (!deadline.isNever()) {
                    if (!parkUntil(deadline, blocker)) {
                        return condition.getAsBoolean() ? End.SIGNALLED : End.EXPIRED;
                    }
                } else if (timedBefore) {
                    LockSupport.parkNanos(blocker, SLICE_NANOS);
                } else {
                    LockSupport.park(blocker);
                }
            }
            return End.SIGNALLED;
        } finally {
            if (interrupted) {
                self.interrupt();
            }
        }
    }

    /** Parks once; false if the deadline has passed, or if its TimeSource throws. */
    private static boolean parkUntil(Deadline deadline, Object blocker) {
        try {
            if (deadline.isExpired()) {
                return false;
            }
            deadline.parkUntilExpired(blocker);
            return true;
        } catch (Throwable broken) {
            Callbacks.error(LOG, "a TimeSource threw, and so a wait of {} ends early", Thread.currentThread(), broken);
            return false;
        }
    }

    // ---- the waking half, and what the line does

    /**
     * Signals the waiter and unparks its thread.
     *
     * @return false if it was signalled already, and nothing was done
     */
    public final boolean signal() {
        if (signalled) {
            return false;
        }
        LockSupport.unpark(markSignalled());
        return true;
    }

    /**
     * Signals the waiter, but leaves it to the caller to unpark its thread, outside of the lock.
     *
     * @return the thread for {@link LockSupport#unpark}, which takes null as well
     */
    public final @Nullable Thread markSignalled() {
        Thread woken = thread;
        signalled = true; // before the unpark, or the woken thread may park again
        return woken;
    }

    /**
     * Whether the waiter has been signalled.
     *
     * @return true from the signal on, until it is cleared
     */
    public final boolean isSignalled() {
        return signalled;
    }

    /**
     * Whether the waiter has been signalled, as the condition of the park loop.
     *
     * @return true from the signal on, until it is cleared
     */
    @Override
    public final boolean getAsBoolean() {
        return signalled;
    }

    /** Takes the signal back, because the waiter did not find what it waits for and goes on waiting. */
    public final void clearSignal() {
        signalled = false;
    }

    /** Makes this the waiter of the current thread, for a new wait. */
    public final void renew() {
        thread = Thread.currentThread();
        signalled = false;
        parkedTimed = false;
        waitsSince = 0;
    }

    /** Begins a new wait of the same thread, which may have parked with a timeout before. */
    public final void restart() {
        signalled = false;
        waitsSince = 0;
    }

    /** Forgets the thread, so that a waiter that is kept for another wait does not keep the thread alive. */
    public final void release() {
        thread = null;
    }

    /**
     * The thread that waits.
     *
     * @return the thread, or null if there is none
     */
    public final @Nullable Thread thread() {
        return thread;
    }

    /**
     * How long its thread has waited on the system's clock, as dumps are about real threads. Requires the lock of its
     * line. If the time is not known, it counts from the first call of this.
     *
     * @return the nanoseconds, never below 0
     */
    public long waitedNanos() {
        int since = waitsSince;
        if (since == 0) {
            since = WaitText.now() | 1;
            waitsSince = since;
        }
        return WaitText.nanosSince(since);
    }

    /**
     * Whether the thread has waited for longer than {@link #waitedNanos}.
     *
     * @return true if the time counts from when that was first called
     */
    public boolean hasWaitedLonger() {
        return (waitsSince & 1) != 0;
    }

    // ---- what a WaiterOrder goes by; none of it changes while the waiter stands in a line

    /**
     * How much it waits for, which counts for its tenant's share.
     *
     * @return at least 1
     */
    public long cost() {
        return 1;
    }

    /**
     * When it came, by the clock of its line.
     *
     * @return a reading of that
     */
    public long sinceNanos() {
        return 0;
    }

    /**
     * Its class.
     *
     * @return the class
     */
    public WaiterClass waiterClass() {
        return WaiterClass.NONE;
    }
}

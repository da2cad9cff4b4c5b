package dev.weir.ratelimit;

import static dev.weir.ratelimit.WaitingLine.FOR_EVER;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of a future or a reservation, and the wait of threads for it. It is granted by any thread that finds it
 * due, on the timer's thread as a rule: so what follows a grant is done there only as far as it is quick, and a virtual
 * thread is started for foreign code, which is the listener and the future's dependents. That thread has the context of
 * the call that made the ticket.
 */
final class AsyncTicket extends Ticket implements Place {
    private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "state", VarHandle.class, Ticket.class, State.class);

    /** The longest time that a thread parks before it looks again. */
    private static final long LONGEST_PARK_NANOS = Duration.ofHours(1).toNanos();

    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);

    private final WaitingLine line;
    private final @Nullable PermitFuture future;

    /** The threads that await the ticket. */
    final Set<Thread> awaiting = ConcurrentHashMap.newKeySet(1);

    /** Dropped with the hand-over: one who keeps the ticket keeps nobody's context. */
    private volatile Contexts.@Nullable Snapshot context;

    // Written by the thread that ends the ticket, before the state that others look for.
    private volatile @Nullable ScheduledTask jitterTimer;
    private volatile long jitterEndNanos;

    AsyncTicket(WaitingLine line, long permits, WaiterClass its, @Nullable PermitFuture future) {
        super(permits, its, line.time.nanoTime(), null);
        this.line = line;
        this.future = future;
        boolean foreign = future != null || line.settings.listener != null;
        this.context = foreign ? line.settings.contexts.capture() : null;
    }

    @Override
    public void enter() {
        try {
            line.join(this, FOR_EVER);
        } catch (RejectedExecutionException refused) {
            line.settings.rejected(permits);
            throw refused;
        }
    }

    /** Whether the ticket has left the line and is not in the jitter. */
    boolean isSettled() {
        State now = state;
        return now != State.WAITING && now != State.GRANTED;
    }

    RejectedExecutionException refusal() {
        return refusal(line.largest());
    }

    // ---- its end

    @Override
    void ended() {
        if (state == State.REFUSED) {
            settled(false);
            return;
        }
        long jitter = line.settings.jitter(FOR_EVER);
        if (jitter <= 0 || !delay(jitter)) {
            deliver();
        }
    }

    /** Has the permits delivered after the jitter; false if that cannot be. */
    private boolean delay(long jitter) {
        try {
            jitterEndNanos = line.time.nanoTime() + jitter;
            ScheduledTask timer = line.time.schedule(this::deliver, Duration.ofNanos(jitter));
            jitterTimer = timer;
            if (state != State.GRANTED) {
                timer.cancel(); // given up meanwhile
            }
            return true;
        } catch (RuntimeException | Error failure) { // of the clock
            Callbacks.error(LOG, "a TimeSource threw, and so there is no jitter", failure);
            return false;
        }
    }

    private void deliver() {
        if (STATE.compareAndSet(this, State.GRANTED, State.DELIVERED)) {
            settled(true);
        }
    }

    private void settled(boolean admitted) {
        awaiting.forEach(LockSupport::unpark);
        line.settings.count(admitted, permits);
        if (future == null && line.settings.listener == null) {
            return;
        }
        long waitedNanos = waitedNanos(); // now, and not when a carrier is free
        Contexts.Snapshot callers = context;
        context = null;
        Runnable calls = () -> callForeign(admitted, waitedNanos);
        // A new thread has no context, and ends with what is left in it.
        Runnable inNewThread = callers == null || callers.isEmpty() ? calls : () -> callers.runSurely(calls);
        try {
            Threads.virtual("weir-permit", inNewThread).start();
        } catch (Throwable noThread) { // late or not, it is not lost
            if (callers == null) {
                calls.run();
            } else {
                callers.runSurely(calls);
            }
        }
    }

    @Override
    public long waitedNanos() {
        try {
            return Math.max(0, line.time.nanoTime() - sinceNanos);
        } catch (RuntimeException | Error failure) { // of the clock; the ticket is settled all the same
            Callbacks.error(LOG, "a TimeSource threw, and so a wait is reported as none", failure);
            return 0;
        }
    }

    /** In a thread of its own. */
    private void callForeign(boolean admitted, long waitedNanos) {
        try {
            if (admitted) {
                line.settings.notifyAdmitted(permits, waitedNanos);
            } else {
                line.settings.notifyRejected(permits);
            }
        } finally {
            if (future != null) {
                future.finish(admitted);
            }
        }
    }

    /**
     * Gives the place up, or the permits back if they are granted and not delivered. False if it is too late for both.
     */
    boolean giveUp() {
        boolean left = line.leave(this);
        if (!left && !takeBack(State.GRANTED)) {
            return false;
        }
        context = null;
        awaiting.forEach(LockSupport::unpark);
        line.settings.rejected(permits);
        return true;
    }

    /** Gives the permits back if the ticket is in that state. */
    private boolean takeBack(State from) {
        if (!STATE.compareAndSet(this, from, State.RETURNED)) {
            return false;
        }
        ScheduledTask timer = jitterTimer;
        if (timer != null) {
            timer.cancel();
        }
        if (from == State.GRANTED) {
            line.giveBack(this);
        } else {
            line.refund(permits);
        }
        return true;
    }

    /** Gives the place up or the permits back, also after they were delivered. */
    @Override
    public boolean cancel() {
        return giveUp() || takeBack(State.DELIVERED);
    }

    // ---- the wait for it

    /**
     * Waits until the ticket is settled, or another condition holds.
     *
     * @return whether the ticket is settled
     */
    boolean await(long timeoutNanos, boolean interruptible, BooleanSupplier enough) throws InterruptedException {
        if (interruptible) {
            Interrupts.throwIfInterrupted();
        }
        if (isSettled() || timeoutNanos <= 0) {
            return isSettledIfDue();
        }
        BooleanSupplier over = () -> isSettled() || enough.getAsBoolean();
        Thread thread = Thread.currentThread();
        awaiting.add(thread); // and only then looks whether it is settled
        try {
            long start = line.time.nanoTime();
            long now = start;
            for (long left = timeoutNanos; !over.getAsBoolean() && left > 0; left = left(timeoutNanos, now - start)) {
                long nanos = Math.min(left, nanosToPark(now));
                Deadline deadline = Deadline.after(Duration.ofNanos(nanos), line.time);
                long since = now; // the deadline may begin later
                BooleanSupplier overOrPassed = () -> over.getAsBoolean() || line.time.nanoTime() - since >= nanos;
                Waiter.End end = interruptible
                        ? Waiter.await(overOrPassed, this, deadline)
                        : Waiter.awaitUninterruptibly(overOrPassed, this, deadline);
                if (end == Waiter.End.INTERRUPTED) {
                    throw interrupted();
                }
                long then = line.time.nanoTime();
                if (end == Waiter.End.EXPIRED && then - now < nanos) {
                    return endOfBrokenClock(timeoutNanos);
                }
                now = then;
            }
        } finally {
            awaiting.remove(thread);
        }
        return isSettledIfDue();
    }

    /**
     * At the end of a wait, which may be the moment at which the ticket is due: the timer that grants it may be late.
     */
    private boolean isSettledIfDue() {
        if (state == State.WAITING) {
            line.grantDue();
        }
        return isSettled();
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder()
                .append(line.source)
                .append(": ")
                .append(permits)
                .append(" permits, ")
                .append(state);
        for (Thread thread : awaiting) {
            text.append(", ").append(WaitText.waits(thread, waitedNanos()));
        }
        return text.toString();
    }

    /** The thread parks until the ticket is due, so that a clock that advances by itself does. */
    private long nanosToPark(long now) {
        long due = state == State.WAITING ? line.forecast.nanosToAwait(this) : jitterEndNanos - now;
        if (due <= 0) {
            line.grantDue();
        }
        return Math.max(1, Math.min(due, LONGEST_PARK_NANOS));
    }

    private static long left(long timeoutNanos, long elapsed) {
        return timeoutNanos == FOR_EVER ? FOR_EVER : timeoutNanos - elapsed;
    }

    private static InterruptedException interrupted() {
        Thread.interrupted();
        return new InterruptedException();
    }

    private boolean endOfBrokenClock(long timeoutNanos) {
        if (timeoutNanos == FOR_EVER && !isSettled()) {
            throw new IllegalStateException("the TimeSource threw, so the wait for a permit has ended: " + line.time);
        }
        return isSettled();
    }

    @Override
    public long delayNanos() {
        return line.forecast.nanosUntil(this);
    }

    // ---- what a reservation asks

    @Override
    public boolean isGranted() {
        return state == State.DELIVERED;
    }

    @Override
    public boolean isCancelled() {
        return state == State.LEFT || state == State.RETURNED;
    }

    @Override
    public void await(long timeoutNanos) throws InterruptedException {
        await(timeoutNanos, true, () -> false);
        if (state == State.REFUSED) {
            throw refusal();
        }
    }
}

package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Whether a task may still begin, and how a limit of time ends it.
 *
 * <pre>
 *   NEW --handed in--&gt; WAITING; else as WAITING, but it takes no place in the queue
 *   WAITING --claimed by the thread that runs it--&gt; STARTED --its own code has ended--&gt; ENDED
 *      |\                                              \--its time to run is up--&gt; TIMED_OUT
 *      | \--its time to wait is up--&gt; EXPIRED
 *      \--cancelled, discarded, abandoned, rejected--&gt; DEAD
 * </pre>
 *
 * <p>The future has a state of its own, that of {@link java.util.concurrent.FutureTask}. (ENDED is used for tasks with
 * a limit only.) The thread that moves a task to EXPIRED or TIMED_OUT completes the future, and holds the end of the
 * pool up until all that follows is done; one that meets such a task before that {@linkplain #settle completes it,
 * too}, so that no worker goes on before the future is done.
 */
abstract class LimitedTask<V extends @Nullable Object> extends DeliveringFuture<V> {
    private static final int NEW = 0;
    private static final int WAITING = 1;
    private static final int STARTED = 2;
    private static final int ENDED = 3;
    private static final int TIMED_OUT = 4;
    private static final int DEAD = 5;
    private static final int EXPIRED = 6;

    private static final VarHandle PHASE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "phase", VarHandle.class, LimitedTask.class, int.class);

    final TaskHome home;
    final TaskBody<V> body;
    final TaskOptions options;

    private volatile int phase;
    private volatile @Nullable ScheduledTask queueTimer;

    /** Whether the future is completed by a timer's thread, which must run no foreign code. */
    private boolean onTimer;

    /** Of the thread that runs it. */
    private boolean limited;

    LimitedTask(TaskHome home, TaskBody<V> body, TaskOptions options) {
        super(body, home.name(), home.waits());
        this.home = home;
        this.body = body;
        this.options = options;
    }

    /** A name that calls no foreign code. */
    abstract String safeName();

    // ---- whether it may begin

    /** Claims it for the thread that is going to run it; false if it has begun or ended before. */
    final boolean claim() {
        return PHASE.compareAndSet(this, WAITING, STARTED) || PHASE.compareAndSet(this, NEW, STARTED);
    }

    /** It is on its way into the queue; false if it has been there, has begun or ended before. */
    final boolean handIn() {
        return PHASE.compareAndSet(this, NEW, WAITING);
    }

    /** Has it never begin; false if it has begun or ended before. */
    final boolean die() {
        return PHASE.compareAndSet(this, NEW, DEAD) || PHASE.compareAndSet(this, WAITING, DEAD);
    }

    /** Has it never begin; true if it was alive and had been handed in, and so takes a place in the queue. */
    final boolean dieInPlace() {
        return !PHASE.compareAndSet(this, NEW, DEAD) && PHASE.compareAndSet(this, WAITING, DEAD);
    }

    /** Whether it ended before it began. */
    final boolean isDead() {
        return phase >= DEAD;
    }

    final boolean isOutOfTimeToRun() {
        return phase == TIMED_OUT;
    }

    /** Whether it has ended by a cancel or a timeout, and so must not begin. */
    final boolean hasEnded() {
        return isDone() || phase == TIMED_OUT;
    }

    final boolean isOnTimer() {
        return onTimer;
    }

    // ---- its time to wait

    final void startQueueTimer() {
        long nanos = options.queueNanosOr(home.queueTimeoutNanos());
        if (nanos != Long.MAX_VALUE) {
            ScheduledTask timer = home.schedule(this::expire, nanos);
            queueTimer = timer;
            if (phase != WAITING) {
                cancelTimer(timer);
            }
        }
    }

    private void expire() {
        home.termination().hold();
        try {
            if (PHASE.compareAndSet(this, WAITING, EXPIRED)) {
                home.died().run(); // before anybody can know, and ask for its place
                onTimer = true;
                super.setException(outOfTimeInQueue());
            }
        } finally {
            home.termination().release();
        }
    }

    final void cancelQueueTimer() {
        cancelTimer(queueTimer);
    }

    private TimeoutException outOfTimeInQueue() {
        return new TimeoutException(safeName() + " waited in the queue of " + home.name() + " for longer than "
                + Duration.ofNanos(options.queueNanosOr(home.queueTimeoutNanos())));
    }

    // ---- its time to run

    /** By the thread that runs it; the timer is to be {@linkplain #cancelTimer cancelled} when it has run. */
    final @Nullable ScheduledTask startRunTimer() {
        long nanos = options.runNanosOr(home.runTimeoutNanos());
        if (nanos == Long.MAX_VALUE) {
            return null;
        }
        limited = true;
        return home.schedule(this::ranTooLong, nanos);
    }

    private void ranTooLong() {
        home.termination().hold();
        try {
            if (PHASE.compareAndSet(this, STARTED, TIMED_OUT)) { // first: whatever the task makes of the interrupt
                body.interrupt();
                onTimer = true;
                super.setException(outOfTimeToRun());
            }
        } finally {
            home.termination().release();
        }
    }

    /** From here on its limit does nothing. */
    final void codeHasEnded() {
        if (limited) {
            boolean unused = PHASE.compareAndSet(this, STARTED, ENDED);
        }
    }

    private TimeoutException outOfTimeToRun() {
        return new TimeoutException(safeName() + " ran in " + home.name() + " for longer than "
                + Duration.ofNanos(options.runNanosOr(home.runTimeoutNanos())));
    }

    // ---- both

    /** Completes the future of a task whose time was up, should the timer not have got so far. */
    final void settle() {
        if (!isDone() && phase == EXPIRED) {
            super.setException(outOfTimeInQueue());
        } else if (!isDone() && phase == TIMED_OUT) {
            super.setException(outOfTimeToRun());
        }
    }

    static void cancelTimer(@Nullable ScheduledTask timer) {
        if (timer == null) {
            return;
        }
        try {
            timer.cancel();
        } catch (Throwable broken) { // thrown by the TimeSource; a task that has been claimed must run
            Callbacks.error(PoolLog.LOG, "a timer of a task cannot be cancelled", broken);
        }
    }
}

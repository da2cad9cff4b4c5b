package dev.weir.core.time;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Threads;
import java.time.Duration;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A clock for tests, which stands still until the test moves it.
 *
 * {@snippet file="dev/weir/core/time/ManualTimeSourceSnippets.java" region="advance"}
 *
 * <p><b>Order.</b> {@link #advance} goes from one due time to the next. At each, in the order in which they were
 * registered, it runs a scheduled task in the advancing thread, or releases a waiting thread and then lets time stand
 * until that thread has come to rest: it waits on this clock again, is blocked on something else, or has ended. So a
 * released thread reads exactly the time that it waited for, what threads do after their waits happens in the order of
 * the due times, and a thread that sleeps ten times a second is woken ten times by one {@code advance} of ten seconds.
 * Work that a released thread hands to further threads is not followed; use {@link #awaitWaiters} to find those again.
 *
 * <p><b>Thread-safety.</b> Any number of platform and virtual threads may use the clock. <b>Blocking.</b>
 * {@code advance} waits until what it released is at rest; a thread that does not come to rest within a minute of real
 * time makes it throw. {@code sleep}, {@code parkNanos} and {@link #awaitWaiters} wait for another thread.
 * <b>Interruption.</b> As of every {@link TimeSource}; {@code advance} does not react to it. <b>Fairness.</b> One
 * thread advances at a time; others that want to, wait for it. Threads are released in the order of their due times.
 *
 * <p><b>Self-advancing clocks</b> of {@link #autoAdvancing()} move by themselves as soon as a thread waits, so that a
 * test of one thread needs no call of {@code advance}: a retry that backs off for an hour takes microseconds. A
 * scheduled task runs when the thread that scheduled it has come to rest, for instance in the {@code get} of a future
 * that the task completes; a daemon thread advances the clock then. Do not use such a clock where another thread is
 * expected to end a wait or to cancel a task: time is faster.
 *
 * <p><b>Memory effects.</b> What the advancing thread does before {@code advance} happens-before what a released thread
 * does after its wait; what that thread does until it waits on this clock again happens-before the return of
 * {@code advance}.
 */
public final class ManualTimeSource implements TimeSource {
    private static final Logger LOG = LoggerFactory.getLogger(ManualTimeSource.class);

    private static final long SETTLE_LIMIT_NANOS = 60_000_000_000L;

    /**
     * How often a self-advancing clock looks whether the thread that scheduled a task is at rest, and how long apart.
     */
    private static final int LOOKS = 3;

    private static final long LOOK_NANOS = 100_000;

    /** Held by the one thread that moves time; taken before {@link #lock}. */
    private final ReentrantLock advancing = new ReentrantLock();

    /** Guards {@link #events} and the numbering; never held while foreign code runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final PriorityQueue<ManualEvent> events = new PriorityQueue<>(ManualEvent.ORDER);
    private final AtomicLong now;
    private final boolean auto;
    private long registrations;

    /** What runs the scheduled tasks of a self-advancing clock, while there are any; guarded by {@link #lock}. */
    private @Nullable Thread mover;

    /** A clock that starts at zero. */
    public ManualTimeSource() {
        this(0);
    }

    /**
     * A clock that starts at the given reading.
     *
     * @param startNanos the first reading; one close to {@link Long#MAX_VALUE} shows how code takes the wrap
     */
    public ManualTimeSource(long startNanos) {
        this(startNanos, false);
    }

    private ManualTimeSource(long startNanos, boolean auto) {
        this.now = new AtomicLong(startNanos);
        this.auto = auto;
    }

    /**
     * A clock that starts at zero and moves to the end of a wait as soon as a thread waits, over all that is due on the
     * way, in order; and to the time of a scheduled task as soon as the thread that scheduled it rests.
     *
     * @return the clock
     */
    public static ManualTimeSource autoAdvancing() {
        return new ManualTimeSource(0, true);
    }

    @Override
    public long nanoTime() {
        return now.get();
    }

    /**
     * Moves the clock on, over all that is due on the way, in order.
     *
     * @param duration how far; zero runs and releases what is due now
     * @throws IllegalArgumentException if the duration is negative or more than {@link Long#MAX_VALUE} nanoseconds
     * @throws IllegalStateException if a released thread does not come to rest within a minute of real time, or if a
     *     scheduled task calls this in the middle of an advance
     */
    public void advance(Duration duration) {
        Checks.notNegative(duration, "duration");
        long nanos = Checks.saturatedNanos(duration);
        if (nanos == Long.MAX_VALUE) {
            throw new IllegalArgumentException("duration must be below 292 years, but is " + duration);
        }
        forbidInsideTask("advance");
        advancing.lock();
        try {
            moveTo(now.get() + nanos);
        } finally {
            advancing.unlock();
            wakeAnAutoAdvancer();
        }
    }

    /**
     * Waits, in real time but without polling, until at least the given number of threads wait and tasks are scheduled
     * on this clock.
     *
     * @param count how many
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitWaiters(int count) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events.size() < count) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * How many threads wait and tasks are scheduled on this clock.
     *
     * @return the number now
     */
    public int waiters() {
        lock.lock();
        try {
            return events.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
        if (nanos > 0) {
            parkUntilNanos(blocker, now.get() + nanos);
        }
    }

    /** Ends in time also if the clock has moved since the caller looked at it. */
    @Override
    public void parkUntilNanos(Object blocker, long atNanos) {
        Objects.requireNonNull(blocker, "blocker");
        if (atNanos - now.get() <= 0 || Thread.currentThread().isInterrupted()) {
            return;
        }
        forbidInsideTask("wait");
        ManualEvent event = registerUntil(atNanos);
        if (event == null) {
            return;
        }
        try {
            if (auto && advancing.tryLock()) {
                try {
                    moveTo(event.dueNanos);
                } finally {
                    advancing.unlock();
                }
            } else {
                LockSupport.park(blocker);
            }
        } finally {
            remove(event);
            event.left = true;
            wakeAnAutoAdvancer(); // this thread may have been the one that was woken to move time, and not come back
        }
    }

    @Override
    public void sleepNanos(Object blocker, long nanos) throws InterruptedException {
        SleepLoop.sleep(this, Objects.requireNonNull(blocker, "blocker"), nanos);
    }

    @Override
    public ScheduledTask schedule(Runnable task, Duration delay) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(delay, "delay");
        ManualEvent event = register(Math.max(0, Checks.saturatedNanos(delay)), task);
        if (auto) {
            startMover();
        }
        return event;
    }

    private void startMover() {
        Thread started;
        take();
        try {
            if (mover != null) {
                return;
            }
            started = Threads.daemon("weir-manual-time", this::moveByItself);
            mover = started;
        } finally {
            lock.unlock();
        }
        started.start();
    }

    /** Runs the scheduled tasks of a self-advancing clock, each when the thread that scheduled it rests. */
    private void moveByItself() {
        int resting = 0;
        for (ManualEvent next = nextTask(); next != null; next = nextTask()) {
            boolean own = next.scheduler == Thread.currentThread();
            resting = own || next.scheduler == null || isAtRest(next.scheduler) ? resting + 1 : 0;
            if (own || resting >= LOOKS) {
                ManualEvent due = next;
                Callbacks.run(LOG, "a self-advancing clock", () -> moveTo(due));
                resting = 0;
            } else {
                LockSupport.parkNanos(this, LOOK_NANOS);
            }
        }
    }

    private void moveTo(ManualEvent next) {
        advancing.lock();
        try {
            if (next.dueNanos - now.get() >= 0) { // not if a waiting thread has moved on since
                moveTo(next.dueNanos);
            }
        } finally {
            advancing.unlock();
            wakeAnAutoAdvancer();
        }
    }

    /** The scheduled task that is due first; null if there is none, and then the mover has ended. */
    private @Nullable ManualEvent nextTask() {
        lock.lock();
        try {
            ManualEvent first = null;
            for (ManualEvent event : events) {
                if (event.thread == null && (first == null || ManualEvent.ORDER.compare(event, first) < 0)) {
                    first = event;
                }
            }
            if (first == null) {
                mover = null;
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    private void forbidInsideTask(String what) {
        if (advancing.isHeldByCurrentThread()) {
            throw new IllegalStateException("a task that advance runs must not " + what + " on the same clock");
        }
    }

    private ManualEvent register(long nanos, Runnable task) {
        take();
        try {
            return add(now.get() + nanos, task);
        } finally {
            lock.unlock();
        }
    }

    /** Null if the clock has come there meanwhile, and would not come again. */
    private @Nullable ManualEvent registerUntil(long atNanos) {
        take();
        try {
            return atNanos - now.get() <= 0 ? null : add(atNanos, null);
        } finally {
            lock.unlock();
        }
    }

    /** Requires {@link #lock}. */
    private ManualEvent add(long dueNanos, @Nullable Runnable task) {
        ManualEvent event =
                new ManualEvent(this, dueNanos, registrations++, task, auto ? Thread.currentThread() : null);
        events.add(event);
        changed.signalAll();
        return event;
    }

    /**
     * Takes {@link #lock}, but does not park for it: that would use up the unpark that a caller about to park is to be
     * woken by, and look as if a thread that was released were at rest.
     */
    private void take() {
        while (!lock.tryLock()) {
            Thread.yield();
        }
    }

    void remove(ManualEvent event) {
        take();
        try {
            events.remove(event);
        } finally {
            lock.unlock();
        }
    }

    /** Requires {@link #advancing}. */
    private void moveTo(long target) {
        for (ManualEvent event = nextUntil(target); event != null; event = nextUntil(target)) {
            if (event.thread == null) {
                event.runOnce();
            } else if (event.thread != Thread.currentThread()) {
                LockSupport.unpark(event.thread);
                awaitRest(event, event.thread);
            } else if (event.dueNanos == target) {
                return; // this thread waits by advancing the clock itself, and its own time has come
            }
        }
    }

    /** Takes the next event that is due, and moves the clock to it; or to the target, if there is none. */
    private @Nullable ManualEvent nextUntil(long target) {
        lock.lock();
        try {
            ManualEvent next = events.peek();
            if (next == null || next.dueNanos - target > 0) {
                now.set(target); // under the lock: what registers before this is due, and what does after it is not
                return null;
            }
            events.remove();
            now.set(next.dueNanos);
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** Two looks that find the thread at rest, so that a passing wait for a lock is not mistaken for it. */
    private void awaitRest(ManualEvent event, Thread released) {
        long start = System.nanoTime();
        int resting = 0;
        while (resting < 2) {
            resting = event.left && isAtRest(released) ? resting + 1 : 0;
            if (System.nanoTime() - start > SETTLE_LIMIT_NANOS) {
                IllegalStateException busy = new IllegalStateException(
                        "released at " + now + " ns, but neither waits nor has ended after a minute: " + released);
                busy.setStackTrace(released.getStackTrace());
                throw busy;
            }
            Thread.yield();
        }
    }

    private static boolean isAtRest(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED, TERMINATED -> true;
            case NEW, RUNNABLE -> false;
        };
    }

    /**
     * A thread that failed to get the lock must try again once it is free, or no thread would move time for it; while
     * it is held, its holder will see to that.
     */
    private void wakeAnAutoAdvancer() {
        if (!auto || advancing.isLocked()) {
            return;
        }
        take();
        try {
            for (ManualEvent event : events) {
                if (event.thread != null) {
                    LockSupport.unpark(event.thread);
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * What the clock reads and how many wait on it.
     *
     * @return for instance {@code ManualTimeSource[1000 ns, 2 waiters]}
     */
    @Override
    public String toString() {
        return "ManualTimeSource[" + now + " ns, " + waiters() + " waiters]";
    }
}

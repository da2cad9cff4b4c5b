package dev.weir.core.time;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;

/**
 * The clock of everything in Weir: what time it is, how to wait, and how to have something done later. A production
 * service uses {@link #system()}; a test uses a {@link ManualTimeSource} and makes an hour pass in a millisecond.
 *
 * <p>Every source is monotonic: a reading never precedes an earlier one, in whichever threads they were taken. Readings
 * have an arbitrary origin, may be negative and may wrap, so only their difference means anything, as with
 * {@link System#nanoTime()}. Wall-clock changes have no effect.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@code sleep} and {@link #parkNanos} park the
 * thread; nothing else blocks. <b>Interruption.</b> Ends {@code sleep} with {@link InterruptedException}, and
 * {@code parkNanos} with a return. <b>Fairness.</b> Scheduled tasks begin in the order of their due times. <b>Memory
 * effects.</b> What a thread does before it calls {@link #schedule} happens-before the scheduled task.
 * {@link #nanoTime()} orders nothing.
 *
 * <p><b>For implementers</b>: {@link #nanoTime()} and the parks must not throw and must not block on a lock, since
 * waits call them between the last look at their condition and the park. If one throws all the same, the wait in which
 * it does ends as if its time were over, and what it throws is logged at ERROR.
 */
public interface TimeSource {
    /**
     * The JVM's own clock, {@link System#nanoTime()}, with waits on {@link java.util.concurrent.locks.LockSupport}.
     * Scheduled tasks run on one daemon platform thread for the whole JVM, so they are on time also when virtual
     * threads keep all carriers busy. That thread is started by the first task, keeps nothing of the thread that starts
     * it, and ends by itself when no task has been scheduled for about a second.
     *
     * @return the system's clock
     */
    static TimeSource system() {
        return SystemTimeSource.INSTANCE;
    }

    /**
     * A clock that is read in a nanosecond or two, because a background thread copies {@link System#nanoTime()} into a
     * field every {@value dev.weir.core.time.CoarseTimeSource#TICK_MICROS} µs.
     *
     * <p><b>Resolution and error.</b> A reading is never ahead of {@link System#nanoTime()}. It is behind it by at most
     * {@link #resolution()}, 1 ms, as long as the operating system gives the background thread its turn in time; by
     * more if the machine is so loaded, or so long in a garbage collection, that it does not. Late is the safe side: a
     * limiter on this clock admits later and never more, and a wait ends later and never earlier.
     *
     * <p><b>The thread.</b> It is started by the first reading, is a daemon, and ends by itself when nobody has read
     * the clock for about a second. There is at most one per JVM.
     *
     * <p>Waits and scheduled tasks are those of {@link #system()}, longer by the resolution.
     *
     * @return the coarse clock
     */
    static TimeSource coarse() {
        return CoarseTimeSource.shared();
    }

    /**
     * The time now.
     *
     * @return nanoseconds since an arbitrary origin
     */
    long nanoTime();

    /**
     * How far a reading may be behind the time of the clock that this source reads.
     *
     * @return the resolution, at least a nanosecond
     */
    default Duration resolution() {
        return Duration.ofNanos(1);
    }

    /**
     * Parks the current thread until it is unparked or interrupted, or the time has passed on this clock, as
     * {@link java.util.concurrent.locks.LockSupport#parkNanos(Object, long)} does: it may return spuriously, throws
     * nothing and leaves the interrupt status alone, so call it in a loop that looks at its condition and the clock.
     *
     * @param blocker the object that the thread waits for, shown in thread dumps
     * @param nanos at most how long; zero or less returns at once
     */
    void parkNanos(Object blocker, long nanos);

    /**
     * Parks the current thread as {@link #parkNanos} does, until this clock has a certain reading. A source whose time
     * others move overrides this: a park for the time that was left at a look would end late if time moved on between
     * the look and the park.
     *
     * @param blocker the object that the thread waits for, shown in thread dumps
     * @param atNanos a reading of {@link #nanoTime()}; one that has passed returns at once
     */
    default void parkUntilNanos(Object blocker, long atNanos) {
        parkNanos(blocker, atNanos - nanoTime());
    }

    /**
     * Waits for the duration, never less than that as this clock measures it.
     *
     * @param duration how long; zero or less returns at once
     * @throws InterruptedException if the thread is interrupted before or while it waits; its interrupt status is
     *     cleared
     */
    default void sleep(Duration duration) throws InterruptedException {
        sleepNanos(Checks.saturatedNanos(Objects.requireNonNull(duration, "duration")));
    }

    /**
     * Waits for the duration, never less than that as this clock measures it.
     *
     * @param nanos how long in nanoseconds; zero or less returns at once
     * @throws InterruptedException if the thread is interrupted before or while it waits; its interrupt status is
     *     cleared
     */
    default void sleepNanos(long nanos) throws InterruptedException {
        SleepLoop.sleep(this, this, nanos);
    }

    /**
     * Waits for the duration as {@link #sleepNanos(long)} does, and has thread dumps say for what. Unless a source
     * overrides this, dumps show the source instead.
     *
     * @param blocker what thread dumps show as waited for
     * @param nanos how long in nanoseconds; zero or less returns at once
     * @throws InterruptedException if the thread is interrupted before or while it waits; its interrupt status is
     *     cleared
     */
    default void sleepNanos(Object blocker, long nanos) throws InterruptedException {
        Objects.requireNonNull(blocker, "blocker");
        sleepNanos(nanos);
    }

    /**
     * Has a task run once after a delay, never earlier as this clock measures it. What the task throws is logged at
     * ERROR.
     *
     * <p>The task runs on the timer's thread, which all tasks share: it must be quick and must not block, or it delays
     * the others. Let it start a thread for anything else.
     *
     * @param task the task, quick; the handle does not keep it alive once it has run or was cancelled
     * @param delay how long from now; zero or less is as soon as possible
     * @return a handle that cancels the task
     */
    ScheduledTask schedule(Runnable task, Duration delay);

    /**
     * A task that {@link TimeSource#schedule} was given.
     *
     * <p><b>Thread-safety.</b> All methods are thread-safe. Nothing blocks. <b>Memory effects.</b> None of its own: a
     * cancel that comes in time means that the task is not run at all.
     */
    @FunctionalInterface
    interface ScheduledTask {
        /**
         * Stops the task from running, if it has not begun. A task that has begun is neither interrupted nor waited
         * for.
         *
         * @return true if this call cancelled the task, so that it never runs; false if it has begun, has run, or was
         *     cancelled already
         */
        boolean cancel();
    }
}

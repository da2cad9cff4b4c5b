package dev.weir.core.internal.wait;

import java.time.Duration;

/**
 * The words in which the blockers of parked threads say which threads wait, and since when. The blocker of a park is
 * what a thread waits at, and not the wait: thread dumps show the class and the identity of a blocker, and so group the
 * threads that wait at the same part. Its {@code toString} lists them.
 */
public final class WaitText {
    /** How many threads are listed; the first has mostly waited longest. */
    private static final int LISTED = 8;

    private static final int TICK_BITS = 20;

    private WaitText() {}

    /**
     * The threads that wait in a line. Requires its lock.
     *
     * @param line the line
     * @return for instance {@code 2 waiting: main for PT1.5S, worker-1 for PT0.2S}
     */
    public static String of(WaiterLine<?> line) {
        return of(line, line.size());
    }

    /**
     * The threads that wait. Requires the lock of each line that they stand in.
     *
     * @param line the waiters
     * @param size how many there are
     * @return for instance {@code 2 waiting: main for PT1.5S, worker-1 for PT0.2S}
     */
    public static String of(Iterable<? extends Waiter> line, int size) {
        StringBuilder text = new StringBuilder().append(size).append(" waiting");
        int listed = 0;
        for (Waiter waiter : line) {
            if (listed == LISTED) {
                text.append(", and ").append(size - listed).append(" more");
                break;
            }
            text.append(listed == 0 ? ": " : ", ").append(of(waiter));
            listed++;
        }
        return text.toString();
    }

    /**
     * One that waits. Requires the lock of its line.
     *
     * @param waiter it
     * @return for instance {@code main for PT1.5S}
     */
    public static String of(Waiter waiter) {
        Thread thread = waiter.thread();
        long nanos = waiter.waitedNanos();
        return (thread == null ? "no thread" : name(thread)) + lasting(nanos, waiter.hasWaitedLonger());
    }

    /**
     * The name of a thread.
     *
     * @param thread the thread
     * @return its name; if it has none, what distinguishes it
     */
    public static String name(Thread thread) {
        String name = thread.getName();
        return name.isEmpty() ? "thread #" + thread.threadId() : name;
    }

    /**
     * The thread that waits for something that only one waits for.
     *
     * @param thread the thread
     * @param since when it began, as {@link #now()} was then; 0 if it does not wait
     * @return for instance {@code , main waits for PT1.5S}; nothing if it does not wait
     */
    public static String sole(Thread thread, int since) {
        return since == 0 ? "" : ", " + waits(thread, nanosSince(since));
    }

    /**
     * The time now, in ticks of about a millisecond. That fits into the gap that most objects have behind their fields,
     * so that a wait mostly costs no memory.
     *
     * @return the time, even and never 0
     */
    public static int now() {
        int ticks = (int) (System.nanoTime() >> TICK_BITS) & ~1;
        return ticks == 0 ? 2 : ticks;
    }

    /**
     * How long ago a time was.
     *
     * @param since what {@link #now()} was then
     * @return the nanoseconds, right by 2 ms for waits below 52 days
     */
    static long nanosSince(int since) {
        return ((now() - (since & ~1)) & 0xFFFF_FFFFL) << TICK_BITS; // also right across the wrap
    }

    /**
     * A thread that waits.
     *
     * @param thread the thread
     * @param nanos how long it has waited
     * @return for instance {@code main waits for PT1.5S}
     */
    public static String waits(Thread thread, long nanos) {
        return name(thread) + " waits" + lasting(nanos, false);
    }

    private static String lasting(long nanos, boolean atLeast) {
        return (atLeast ? " for at least " : " for ") + Duration.ofMillis(Math.max(0, nanos) / 1_000_000);
    }
}

package dev.weir.retry;

import dev.weir.core.internal.Threads;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The daemon platform threads for attempts that must not wait for a free carrier: those that a timer starts, and those
 * that a platform thread waits for. There are as many as run attempts at a time; one that has been idle for a second
 * ends. They inherit nothing, and a run installs its own context around what it does in them (decision record 0011).
 */
final class AttemptThreads {
    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Threads.daemonFactory("weir-attempt-"));

    private AttemptThreads() {}

    /** A thread for each task; what it throws when there is none left goes to the caller. */
    static Executor executor() {
        return THREADS;
    }

    /**
     * Goes on where a timer has woken a run. What follows is foreign code: attempts, functions of a policy, listeners,
     * dependents of a future. If this is the thread of the shared timer, it runs in one of these threads instead; a
     * {@code TimeSource} of the user's, for instance one of a test, has its own thread for what is scheduled, and it
     * runs there.
     */
    static void goOn(Runnable step) {
        if (!Threads.isTimer()) {
            step.run();
            return;
        }
        try {
            THREADS.execute(step);
        } catch (Throwable noThread) { // of memory or threads: that other timers are late is the smaller harm
            step.run();
        }
    }
}

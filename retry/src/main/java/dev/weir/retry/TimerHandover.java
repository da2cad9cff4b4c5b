package dev.weir.retry;

import dev.weir.core.internal.Threads;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where a run goes on that a timer wakes. What follows is foreign code: attempts, functions of a policy, listeners,
 * dependents of a future. It must not run on the timer that all of Weir shares, and must not wait for a free carrier, so
 * it runs on daemon platform threads, which end when they have been idle for a second (decision record 0011).
 */
final class TimerHandover {
    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), Threads.daemonFactory("weir-retry-"));

    private TimerHandover() {}

    /**
     * Runs the step in another thread if this is the shared timer's, else here: a {@code TimeSource} of the user's, for
     * instance one of a test, has its own thread for what is scheduled.
     */
    static void run(Runnable step) {
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

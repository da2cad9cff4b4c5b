package dev.weir.retry;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the delays of all retries that are bound to it at once, when an application shuts down: nobody sleeps a backoff
 * of minutes out while everything else has ended.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="scope"}
 *
 * <p>Bind a {@link Retry} by {@link Retry#within} and a {@link Hedge} by {@link Hedge#within}; any number of both, and
 * of their calls. From {@link #shutdown()} on:
 *
 * <ul>
 *   <li>A run that waits between two attempts gives up at once, as if its policy allowed no further attempt: the last
 *       failure is thrown, or is that of the future, with the history suppressed and the reason
 *       {@link StopReason#SHUTDOWN}; a rejected result is returned. What a budget has paid comes back.
 *   <li>An attempt that runs goes on, and is the last of its run. Those who own its thread may interrupt it.
 *   <li>A call that comes later makes one attempt. So what an application does last, to deregister itself for instance,
 *       may go through the same clients.
 *   <li>A hedge makes no further attempts; what runs decides the call.
 * </ul>
 *
 * <p>A run whose delay is over looks whether the scope is shut down, and makes its attempt if not: one that looks just
 * before counts as running.
 *
 * <p><b>Cost.</b> Without a scope nothing. A delay within one is an entry in a concurrent set; an attempt looks at a
 * volatile field if it fails, and a first attempt that succeeds not even at that.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> Nothing blocks: {@link #shutdown()} wakes the
 * threads that wait, and waits for nobody. <b>Interruption.</b> Has no effect on a scope, and a shutdown interrupts
 * nobody. <b>Fairness.</b> None: all delays end. <b>Memory effects.</b> What a thread does before {@code shutdown}
 * happens-before the end of the runs that end for it.
 */
public final class RetryScope implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    private volatile boolean shutDown;

    /** What ends each delay at once. A delay enters first and looks then; the shutdown is seen or sees it. */
    private final Set<Runnable> delays = ConcurrentHashMap.newKeySet();

    /** A scope that is not shut down, and nothing is bound to. */
    public RetryScope() {}

    /**
     * Ends all delays, and lets no run that is bound to this scope begin another attempt. Doing it again changes
     * nothing. Futures complete, and their dependents run, in virtual threads.
     */
    public void shutdown() {
        shutDown = true;
        delays.forEach(Runnable::run);
    }

    /** Does as {@link #shutdown()} does; it does not wait for attempts that run, whose threads have other owners. */
    @Override
    public void close() {
        shutdown();
    }

    /**
     * Whether it is shut down.
     *
     * @return true from the first call of {@link #shutdown()} on
     */
    public boolean isShutdown() {
        return shutDown;
    }

    /**
     * Waits in the calling thread, as {@link TimeSource#sleepNanos} does, but not longer than until the shutdown.
     * Thread dumps show the blocker as waited for.
     */
    void sleepNanos(TimeSource time, Object blocker, long nanos) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        if (nanos <= 0) {
            return;
        }
        Thread thread = Thread.currentThread();
        Runnable wake = () -> LockSupport.unpark(thread);
        long start = time.nanoTime();
        Deadline deadline = Deadline.after(Duration.ofNanos(nanos), time);
        delays.add(wake);
        try {
            Waiter.End end = Waiter.await(this::isShutdown, blocker, deadline);
            if (end == Waiter.End.INTERRUPTED) {
                Interrupts.throwIfInterrupted();
            }
            if (end == Waiter.End.EXPIRED && time.nanoTime() - start < nanos) {
                throw new IllegalStateException("the TimeSource threw, so a delay has ended: " + time);
            }
        } finally {
            delays.remove(wake);
        }
    }

    /**
     * Has a delay without a thread end at the shutdown, too.
     *
     * @param timer what ends it otherwise
     * @param end ends it, once, and does nothing if it has ended; runs in a virtual thread
     * @return the timer, whose cancel also takes the delay out of this scope
     */
    ScheduledTask bound(ScheduledTask timer, Runnable end) {
        Runnable endInThread = () -> inThread(end);
        delays.add(endInThread);
        if (shutDown) {
            endInThread.run();
        }
        return () -> {
            delays.remove(endInThread);
            return timer.cancel();
        };
    }

    private static void inThread(Runnable end) {
        try {
            Threads.virtual("weir-retry-end", end).start();
        } catch (Throwable noThread) { // late or not, it is not lost
            Callbacks.run(LOG, "the end of a delay", end::run);
        }
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code RetryScope[3 delays]} or {@code RetryScope[shut down]}
     */
    @Override
    public String toString() {
        return "RetryScope[" + (shutDown ? "shut down" : delays.size() + " delays") + "]";
    }
}

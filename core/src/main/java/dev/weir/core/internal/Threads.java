package dev.weir.core.internal;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes every thread that Weir starts. A thread inherits nothing from the thread that happens to make it: no
 * inheritable thread-locals, no context class loader but the system's, no priority (decision record 0007). What a task
 * is to have of its submitter's context is captured and installed for that task. A failure that ends a thread is logged
 * at ERROR.
 */
public final class Threads {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    /** Whether platform threads keep the access control context of the stack that made them. */
    private static final boolean CONTEXT_IS_KEPT = Runtime.version().feature() < 24;

    private Threads() {}

    /**
     * Makes a virtual thread.
     *
     * @param name the thread's name
     * @param task what it runs
     * @return the thread, not started
     */
    public static Thread virtual(String name, Runnable task) {
        Thread thread = Thread.ofVirtual()
                .name(name)
                .inheritInheritableThreadLocals(false)
                .uncaughtExceptionHandler(Threads::logFailure)
                .unstarted(task);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }

    /**
     * Makes a platform thread that keeps the JVM alive.
     *
     * @param name the thread's name
     * @param task what it runs
     * @return the thread, not started
     */
    public static Thread platform(String name, Runnable task) {
        return platform(Thread.ofPlatform().daemon(false), name, task);
    }

    /**
     * Makes a platform thread that does not keep the JVM alive, in the topmost thread group.
     *
     * @param name the thread's name
     * @param task what it runs
     * @return the thread, not started
     */
    public static Thread daemon(String name, Runnable task) {
        return platform(Thread.ofPlatform().daemon(true).group(topmostGroup()), name, task);
    }

    /**
     * Makes the thread of the timer that all of Weir shares.
     *
     * @param task what it runs
     * @return the thread, not started
     */
    public static Thread timer(Runnable task) {
        return withoutContext(() -> new TimerThread(task));
    }

    /**
     * Whether the current thread is that of the shared timer, on which no foreign code may run (decision record 0006).
     *
     * @return true if so
     */
    public static boolean isTimer() {
        return Thread.currentThread() instanceof TimerThread;
    }

    /**
     * Makes virtual threads with numbered names.
     *
     * @param prefix what their names begin with, before the number
     * @return the factory
     */
    public static ThreadFactory virtualFactory(String prefix) {
        AtomicLong number = new AtomicLong();
        return task -> virtual(prefix + number.getAndIncrement(), task);
    }

    /**
     * Makes platform threads that keep the JVM alive, with numbered names.
     *
     * @param prefix what their names begin with, before the number
     * @return the factory
     */
    public static ThreadFactory platformFactory(String prefix) {
        AtomicLong number = new AtomicLong();
        return task -> platform(prefix + number.getAndIncrement(), task);
    }

    /**
     * Makes daemon threads with numbered names.
     *
     * @param prefix what their names begin with, before the number
     * @return the factory
     */
    public static ThreadFactory daemonFactory(String prefix) {
        AtomicLong number = new AtomicLong();
        return task -> daemon(prefix + number.getAndIncrement(), task);
    }

    private static Thread platform(Thread.Builder.OfPlatform builder, String name, Runnable task) {
        builder.name(name)
                .inheritInheritableThreadLocals(false)
                .priority(Thread.NORM_PRIORITY)
                .uncaughtExceptionHandler(Threads::logFailure);
        Thread thread = withoutContext(() -> builder.unstarted(task));
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }

    private static Thread withoutContext(Supplier<Thread> maker) {
        return CONTEXT_IS_KEPT ? WithoutContext.make(maker) : maker.get();
    }

    private static void logFailure(Thread thread, Throwable failure) {
        Callbacks.error(LOG, "{} ended by a failure", thread, failure);
    }

    private static ThreadGroup topmostGroup() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }

    /**
     * The access control context of a thread keeps the class loaders of the code on the stack that made the thread.
     * Privileged, that stack ends here. A class of its own, which JDKs without such contexts never load.
     */
    @SuppressWarnings("removal") // of what is needed where it is not removed
    private static final class WithoutContext {
        static Thread make(Supplier<Thread> maker) {
            PrivilegedAction<Thread> ours = maker::get;
            return AccessController.doPrivileged(ours);
        }
    }

    /** Known by its type. */
    private static final class TimerThread extends Thread {
        TimerThread(Runnable task) {
            super(topmostGroup(), task, "weir-timer", 0, false);
            setDaemon(true);
            setPriority(NORM_PRIORITY);
            setUncaughtExceptionHandler(Threads::logFailure);
            setContextClassLoader(ClassLoader.getSystemClassLoader());
        }
    }
}

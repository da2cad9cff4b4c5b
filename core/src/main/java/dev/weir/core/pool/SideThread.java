package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.internal.Threads;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs foreign code that no thread of its own belongs to: what depends on a task whose time is up, and the failure
 * handler for what nobody asked for. One daemon platform thread per pool, made when it is needed and gone a second
 * later, so that it needs no carrier, and so that what blocks in one pool delays no other one and no timer.
 */
final class SideThread {
    private final String pool;
    private final ThreadPoolExecutor thread;

    SideThread(String pool) {
        this.pool = pool;
        this.thread = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                work -> Threads.daemon(pool + "-aftermath", work));
        thread.allowCoreThreadTimeOut(true);
    }

    /** Has something run soon; in the current thread if no other one can be started. Throws nothing. */
    void run(String what, Runnable call) {
        try {
            thread.execute(() -> {
                Callbacks.run(PoolLog.LOG, what, call::run);
                OpenScopes.endTask(null);
            });
        } catch (Throwable noThread) {
            Callbacks.error(PoolLog.LOG, "{} could not start a thread for {}", pool, what, noThread);
            Callbacks.run(PoolLog.LOG, what, call::run);
        }
    }
}

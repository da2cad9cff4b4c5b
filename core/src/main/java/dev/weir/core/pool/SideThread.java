package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.internal.Threads;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs foreign code that no thread of its own belongs to. A daemon platform thread, made when it is needed and gone a
 * second later, so that it needs no carrier, and so that what blocks in one pool delays no other one and no timer. A
 * pool has two: one for what depends on tasks whose time is up, for which the end of the pool waits; and one for all
 * else, which may wait for that end: listeners, and the failure handler for what nobody asked for.
 */
final class SideThread {
    private final String pool;
    private final ThreadPoolExecutor thread;

    SideThread(String pool, String role) {
        this.pool = pool;
        this.thread = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                work -> Threads.daemon(pool + "-" + role, work));
        thread.allowCoreThreadTimeOut(true);
    }

    /** Has something run soon; in the current thread if no other one can be started. Throws nothing. */
    void run(String what, Callbacks.Call call) {
        try {
            thread.execute(() -> {
                Callbacks.run(PoolLog.LOG, what, call);
                OpenScopes.endTask(null);
            });
        } catch (Throwable noThread) {
            Callbacks.error(PoolLog.LOG, "{} could not start a thread for {}", pool, what, noThread);
            Callbacks.run(PoolLog.LOG, what, call);
        }
    }
}

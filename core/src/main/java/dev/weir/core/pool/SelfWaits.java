package dev.weir.core.pool;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a worker does before it waits for a task of its own pool: runs it, if no other worker can take it; or finds out
 * that it would wait for itself.
 *
 * <p>The second is exact: a worker that waits says for which task, under the pool's lock; from a task one gets to the
 * worker that runs it, or to the one that runs the task before it with the same key, and from there to what that one
 * waits for. Of workers that wait in a circle the last one finds itself at the end of that path.
 */
final class SelfWaits {
    private final PoolEngine engine;
    private final ReentrantLock lock;

    SelfWaits(PoolEngine engine, ReentrantLock lock) {
        this.engine = engine;
        this.lock = lock;
    }

    /** Returns the worker that now waits, for {@link #leave}, or null if it is none of this pool's. */
    @Nullable
    PoolWorker enter(PoolTask<?> task) {
        PoolWorker self = PoolWorker.current();
        if (self == null || !self.isOf(engine)) {
            return null;
        }
        while (true) {
            help(task);
            lock.lock();
            try {
                if (!task.isDone() && leadsTo(self, task)) {
                    throw new IllegalStateException("a task of " + engine.name + " waits for " + task.name()
                            + ", which waits for that task itself");
                }
                // Again, as of two workers that come to wait at once the later one has to see the other.
                if (!task.isDone() && engine.seemsExhausted() && mayRun(task, lastOf(task))) {
                    continue;
                }
                PoolTask<?> outer = self.waitsFor;
                self.waitsFor = task;
                self.waitsBefore = outer == null ? null : new PoolWorker.Wait(outer, self.waitsBefore);
                return self;
            } finally {
                lock.unlock();
            }
        }
    }

    /** Runs the task, or the one that it comes to wait for in the end, if no other worker can. */
    private void help(PoolTask<?> task) {
        while (!task.isDone() && engine.isExhausted()) {
            PoolTask<?> last = lastOf(task);
            if (!mayRun(task, last)) {
                return;
            }
            engine.runInstead(last);
        }
    }

    /** Not what another submitter still waits to hand in, and may yet take back. */
    private static boolean mayRun(PoolTask<?> task, PoolTask<?> last) {
        return last.isWaiting() && (last == task || last.accepted);
    }

    private PoolTask<?> lastOf(PoolTask<?> task) {
        lock.lock();
        try {
            PoolTask<?> last = task;
            for (int steps = 2 * engine.crew.size(); steps >= 0; steps--) {
                PoolTask<?> next = nextOf(last);
                if (next == null) {
                    break;
                }
                last = next;
            }
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    private @Nullable PoolTask<?> nextOf(PoolTask<?> task) {
        Thread runner = task.runner();
        if (runner != null) {
            PoolWorker worker = engine.crew.workerOf(runner);
            return worker == null ? null : worker.waitsFor;
        }
        Object key = task.options.key();
        return key == null ? null : engine.keyed.headBefore(task, key);
    }

    void leave(@Nullable PoolWorker waiter) {
        if (waiter == null) {
            return;
        }
        lock.lock();
        try {
            PoolWorker.Wait before = waiter.waitsBefore;
            waiter.waitsFor = before == null ? null : before.task();
            waiter.waitsBefore = before == null ? null : before.before();
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    private boolean leadsTo(PoolWorker self, PoolTask<?> task) {
        PoolTask<?> next = task;
        for (int steps = engine.crew.size(); next != null && steps >= 0; steps--) {
            Thread runner = next.runner();
            Object key = next.options.key();
            if (runner == null && key != null) {
                PoolTask<?> before = engine.keyed.headBefore(next, key);
                runner = before == null ? null : before.runner();
            }
            if (runner == null) {
                return false;
            }
            if (runner == self.thread) {
                return true;
            }
            PoolWorker worker = engine.crew.workerOf(runner);
            next = worker == null ? null : worker.waitsFor;
        }
        return false;
    }
}

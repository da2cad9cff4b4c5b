package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How many tasks of a scope, and of those nested in it, run at once.
 *
 * <pre>
 *   a task:   WAITING (no thread) --a place--&gt; RUNNING --ends--&gt; gives its place to the next
 *   its thread, when it waits for tasks:  RUNNING --leave--&gt; AWAY --a place--&gt; RUNNING
 *                                                             \--interrupted--&gt; RUNNING, beyond the bound
 * </pre>
 *
 * <p>A place that becomes free goes to a thread that comes back, else to the task that has waited longest. If threads
 * run beyond the bound, {@code free} is negative, and places that become free go to nobody until it is not. Nobody
 * waits while {@code free} is positive.
 */
final class Places {
    /** What the current thread has a place in, for itself or for the thread that waits for it. */
    private static final ThreadLocal<@Nullable Places> HELD = new ThreadLocal<>();

    /** Guards all that follows; held for an instant. */
    private final PromptLock lock = new PromptLock();

    private final WaiterQueue<Waiter> away = new WaiterQueue<>();
    private final WaiterQueue<Entry> waiting = new WaiterQueue<>();
    private int free;

    Places(int bound) {
        this.free = bound;
    }

    /** A task in the line; made in advance. */
    static final class Entry extends Waiter {
        private final Places places;
        private final ForkedTask<?> task;
        private final String name;

        Entry(Places places, ForkedTask<?> task, String name) {
            super(null);
            this.places = places;
            this.task = task;
            this.name = name;
        }

        /** Starts the task when there is a place. Throws if there is one now and no thread can be started. */
        void start() {
            if (places.takeOrWait(this)) {
                try {
                    startThread();
                } catch (Throwable noThread) {
                    places.release();
                    throw noThread;
                }
            }
        }

        private void startThread() {
            Threads.virtual(name, task).start();
        }

        private boolean tryStartThread() {
            try {
                startThread();
                return true;
            } catch (Throwable noThread) {
                task.notStarted(noThread);
                return false;
            }
        }

        /** Takes the task out of the line, if it is in there. */
        void withdraw() {
            places.lock.lock();
            try {
                places.waiting.remove(this);
            } finally {
                places.lock.unlock();
            }
        }

        /** Called by the thread of the task when it begins. */
        void hold() {
            HELD.set(places);
        }

        /** Called by the thread of the task as the last thing. */
        void end() {
            HELD.remove();
            places.release();
        }
    }

    static @Nullable Places held() {
        return HELD.get();
    }

    /** The current thread works for one that has a place, and waits for it. */
    static void set(@Nullable Places held) {
        if (held != null) {
            HELD.set(held);
        }
    }

    /** What thread dumps show as waited for, by threads that have waited for tasks of theirs. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "TaskScope: a place among its concurrent tasks, to go on, " + WaitText.of(away);
        } finally {
            lock.unlock();
        }
    }

    private boolean takeOrWait(Entry entry) {
        lock.lock();
        try {
            if (free <= 0) {
                waiting.addLast(entry);
                return false;
            }
            free--;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void release() {
        Entry next = next();
        while (next != null && !next.tryStartThread()) {
            next = next();
        }
    }

    /** Gives a place to the next; returns the task that got it, or null if it was none. */
    private @Nullable Entry next() {
        Thread woken = null;
        Entry task = null;
        lock.lock();
        try {
            Waiter back = free < 0 ? null : away.pollFirst();
            if (back != null) {
                woken = back.markSignalled();
            } else {
                task = free < 0 ? null : waiting.pollFirst();
                free += task == null ? 1 : 0;
            }
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(woken);
        return task;
    }

    // ---- a thread that waits for tasks

    /** Gives the place of the current thread away, if it has one; returns what {@link #comeBack} needs, or null. */
    static @Nullable Waiter leave() {
        Places held = HELD.get();
        if (held == null) {
            return null;
        }
        Waiter self = new Waiter();
        held.release();
        return self;
    }

    /**
     * Waits for a place, before the thread goes on. An interrupt ends the wait, and its status stays set.
     *
     * @param left what {@link #leave} returned
     * @param waits whether to wait for it; otherwise the thread goes on at once
     */
    static void comeBack(@Nullable Waiter left, boolean waits) {
        Places held = HELD.get();
        if (left != null && held != null) {
            held.comeBackTo(left, waits);
        }
    }

    private void comeBackTo(Waiter self, boolean waits) {
        lock.lock();
        try {
            if (free > 0 || !waits) {
                free--;
                return;
            }
            away.addLast(self);
        } finally {
            lock.unlock();
        }
        boolean has = false;
        try {
            has = self.await(this, Deadline.never()) == Waiter.End.SIGNALLED;
        } finally {
            if (!has) {
                goOnWithout(self);
            }
        }
    }

    private void goOnWithout(Waiter self) {
        lock.lock();
        try {
            if (away.remove(self)) { // else it has got a place just now
                free--;
            }
        } finally {
            lock.unlock();
        }
    }
}

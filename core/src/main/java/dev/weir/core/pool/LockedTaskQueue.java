package dev.weir.core.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.PromptLock;
import java.util.List;

/** The part that queues with a lock have in common: the lock, both ends' closing, and the counts. */
abstract class LockedTaskQueue implements TaskQueue {
    private final PromptLock lock = new PromptLock();

    @GuardedBy("lock")
    private boolean closed;

    @GuardedBy("lock")
    private boolean frozen;

    @GuardedBy("lock")
    private boolean closedBefore;

    @GuardedBy("lock")
    private long accepted;

    @GuardedBy("lock")
    private int peak;

    // The tasks themselves. All of these are called under the lock.

    abstract boolean hasRoom();

    abstract void add(Runnable task);

    abstract void add(Entry entry);

    abstract boolean take(Taken into);

    abstract boolean takeVictim(Taken into);

    abstract int length();

    /** In order; they stay. */
    abstract List<Entry> all();

    abstract void clear();

    @Override
    public final Answer offer(Runnable task) {
        StackRoom.check();
        lock.lock();
        try {
            if (closed) {
                return Answer.CLOSED;
            }
            if (!hasRoom()) {
                return Answer.FULL;
            }
            add(task);
            accepted++;
            peak = Math.max(peak, length());
            return Answer.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final boolean poll(Taken into) {
        lock.lock();
        try {
            return !frozen && take(into);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final boolean pollVictim(Taken into) {
        lock.lock();
        try {
            return !frozen && takeVictim(into);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final int size() {
        lock.lock();
        try {
            return length();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final long accepted() {
        lock.lock();
        try {
            return accepted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int peak() {
        lock.lock();
        try {
            return peak;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final List<Entry> freeze() {
        lock.lock();
        try {
            List<Entry> left = frozen ? List.of() : all(); // first, as there may be no memory for it
            closedBefore = frozen ? closedBefore : closed;
            closed = true;
            frozen = true;
            return left;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final void reopen() {
        lock.lock();
        try {
            frozen = false;
            closed = closedBefore;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final void forget() {
        lock.lock();
        try {
            clear();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final void restore(Entry entry) {
        add(entry);
    }
}

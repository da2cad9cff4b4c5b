package dev.weir.core.fanout;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts a worker's thread, but only while it works for the call, and for a timeout only while it is in the item
 * that takes too long: so that no interrupt of ours reaches anything else.
 */
final class Leash {
    /** Guards all that follows. Not held while foreign code runs, save for what {@link Thread#interrupt} does. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable Thread thread;
    private boolean inItem;
    private boolean expired;
    private long startNanos;

    /** From here on the current thread may be interrupted. */
    void attach() {
        lock.lock();
        try {
            thread = Thread.currentThread();
        } finally {
            lock.unlock();
        }
    }

    /** From here on it is not; an interrupt that was sent has arrived. */
    void detach() {
        lock.lock();
        try {
            thread = null;
        } finally {
            lock.unlock();
        }
    }

    /** The thread that works, if one does. */
    @Nullable
    Thread thread() {
        lock.lock();
        try {
            return thread;
        } finally {
            lock.unlock();
        }
    }

    void interrupt() {
        lock.lock();
        try {
            if (thread != null) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The thread begins an item that has a timeout. */
    void beginItem(long nowNanos) {
        lock.lock();
        try {
            inItem = true;
            expired = false;
            startNanos = nowNanos;
        } finally {
            lock.unlock();
        }
    }

    /** The thread has ended the item; true if that took too long. */
    boolean endItem() {
        lock.lock();
        try {
            inItem = false;
            return expired;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Interrupts the thread if its item takes too long.
     *
     * @param nowNanos the time
     * @param timeoutNanos how long an item may take
     * @return how long the item may still take, or the whole timeout if the thread is in no item that has time left
     */
    long expire(long nowNanos, long timeoutNanos) {
        lock.lock();
        try {
            if (!inItem || expired) {
                return timeoutNanos;
            }
            long left = timeoutNanos - (nowNanos - startNanos);
            if (left > 0) {
                return left;
            }
            expired = true;
            if (thread != null) {
                thread.interrupt();
            }
            return timeoutNanos;
        } finally {
            lock.unlock();
        }
    }
}

package dev.weir.core.fanout;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The workers of a call: added under a lock, read without, and never removed. */
final class WorkerList<T extends @Nullable Object, R extends @Nullable Object> {
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private volatile ItemWorker<T, R>[] workers = new ItemWorker[8];

    /** Volatile and written last: a thread that sees it sees an array that has as many. */
    private volatile int size;

    /** Requires the lock of the launcher. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time
    void add(ItemWorker<T, R> worker) {
        if (size == workers.length) {
            workers = Arrays.copyOf(workers, 2 * size);
        }
        workers[size] = worker;
        size++;
    }

    int size() {
        return size;
    }

    ItemWorker<T, R> get(int number) {
        return workers[number];
    }

    /** Interrupts those that are at work. */
    void interrupt() {
        for (int i = size - 1; i >= 0; i--) {
            workers[i].guard.interrupt();
        }
    }

    /** Whether the current thread is one of those that are at work. */
    boolean isCurrentThread() {
        for (int i = size - 1; i >= 0; i--) {
            if (workers[i].guard.thread() == Thread.currentThread()) {
                return true;
            }
        }
        return false;
    }

    void forEachThread(Consumer<Thread> action) {
        for (int i = size - 1; i >= 0; i--) {
            Thread thread = workers[i].guard.thread();
            if (thread != null) {
                action.accept(thread);
            }
        }
    }
}

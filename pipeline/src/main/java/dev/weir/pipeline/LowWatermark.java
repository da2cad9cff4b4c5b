package dev.weir.pipeline;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells up to which element, in the order of the source, all are done with, however they overtake each other. It tells
 * only the last when several have become contiguous at once, never goes back, and tells from one thread at a time.
 */
final class LowWatermark {
    private static final class Entry {
        final Object element;
        boolean done;

        Entry(Object element) {
            this.element = element;
        }
    }

    private final Consumer<Object> listener;
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final ArrayDeque<Entry> open = new ArrayDeque<>();
    private @Nullable Object untold;
    private boolean telling;

    LowWatermark(Consumer<Object> listener) {
        this.listener = listener;
    }

    /** The next element of the source; its receipt is to be paid when it is done with. */
    AckToken begin(Object element) {
        Entry entry = new Entry(element);
        lock.lock();
        try {
            open.add(entry);
        } finally {
            lock.unlock();
        }
        return new AckToken(() -> done(entry));
    }

    private void done(Entry entry) {
        lock.lock();
        try {
            entry.done = true;
            for (Entry first; (first = open.peek()) != null && first.done; open.remove()) {
                untold = first.element;
            }
            if (telling) {
                return; // who tells looks again
            }
            telling = true;
        } finally {
            lock.unlock();
        }
        for (Object last = next(); last != null; last = next()) {
            listener.accept(last);
        }
    }

    private @Nullable Object next() {
        lock.lock();
        try {
            Object last = untold;
            untold = null;
            telling = last != null;
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** How many elements are under way, or done with before one that is. */
    int open() {
        lock.lock();
        try {
            return open.size();
        } finally {
            lock.unlock();
        }
    }
}

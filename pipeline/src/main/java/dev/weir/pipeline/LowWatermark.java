package dev.weir.pipeline;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Reports up to which element, in the order of the source, all are done with, however they overtake each other. It
 * reports only the last when several have become contiguous at once, never goes back, and reports from one thread at a
 * time.
 */
final class LowWatermark {
    /** Is given the last element that is done with, in the worker that was the last to work on it. */
    @FunctionalInterface
    interface Listener {
        void accept(Object element, StageWorker worker);
    }

    private static final class Entry {
        final Object element;
        final long readAtNanos;
        boolean done;

        Entry(Object element, long readAtNanos) {
            this.element = element;
            this.readAtNanos = readAtNanos;
        }
    }

    private final TimeSource time;
    private final Listener listener;
    private final PromptLock lock = new PromptLock();

    @GuardedBy("lock")
    private final ArrayDeque<Entry> open = new ArrayDeque<>();

    /** How many of the first of those the report that goes on is about: they are open until it is over. */
    @GuardedBy("lock")
    private int underReport;

    @GuardedBy("lock")
    private boolean reporting;

    LowWatermark(TimeSource time, Listener listener) {
        this.time = time;
        this.listener = listener;
    }

    /** The next element of the source; its token is released when it is done with. */
    AckToken begin(Object element) {
        Entry entry = new Entry(element, time.nanoTime());
        lock.lock();
        try {
            open.add(entry);
        } finally {
            lock.unlock();
        }
        return new AckToken(worker -> done(entry, worker));
    }

    private void done(Entry entry, StageWorker worker) {
        lock.lock();
        try {
            entry.done = true;
            if (reporting) {
                return; // the thread that reports looks again
            }
            reporting = true;
        } finally {
            lock.unlock();
        }
        for (Object last = next(); last != null; last = next()) {
            listener.accept(last, worker);
        }
    }

    /** Ends a report, and begins the next one if there is one to make. */
    private @Nullable Object next() {
        lock.lock();
        try {
            for (; underReport > 0; underReport--) {
                open.remove();
            }
            Object last = null;
            for (Entry each : open) {
                if (!each.done) {
                    break;
                }
                last = each.element;
                underReport++;
            }
            reporting = last != null;
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** How many elements are not reported as done with. */
    int open() {
        lock.lock();
        try {
            return open.size();
        } finally {
            lock.unlock();
        }
    }

    /** How long ago the first of those was read; zero if there is none. */
    Duration age() {
        long now = time.nanoTime();
        lock.lock();
        try {
            Entry first = open.peek();
            return first == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, now - first.readAtNanos));
        } finally {
            lock.unlock();
        }
    }
}

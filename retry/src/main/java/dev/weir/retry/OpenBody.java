package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.wait.PromptLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The body of a run's latest HTTP answer, which is closed when another attempt begins or the run fails, whether it has
 * arrived before that or arrives after it. A body that is closed is no answer to anybody.
 */
final class OpenBody {
    private static final Logger LOG = LoggerFactory.getLogger(HttpRetries.class);

    private final PromptLock lock = new PromptLock();

    // Guarded by the lock.
    private long attempt;
    private boolean over;
    private @Nullable Object body;

    /** Another attempt begins; returns its number. */
    long next() {
        Object old;
        long number;
        lock.lock();
        try {
            old = body;
            body = null;
            number = ++attempt;
        } finally {
            lock.unlock();
        }
        close(old);
        return number;
    }

    void arrived(long number, @Nullable Object arrived) {
        boolean isLate;
        lock.lock();
        try {
            isLate = over || number != attempt;
            if (!isLate) {
                body = arrived;
            }
        } finally {
            lock.unlock();
        }
        if (isLate) {
            close(arrived);
        }
    }

    /** The run ends without an answer. */
    void end() {
        Object old;
        lock.lock();
        try {
            over = true;
            old = body;
            body = null;
        } finally {
            lock.unlock();
        }
        close(old);
    }

    private static void close(@Nullable Object body) {
        if (body instanceof AutoCloseable closeable) {
            Callbacks.run(LOG, "closing the body of an answer that is retried", closeable::close);
        }
    }
}

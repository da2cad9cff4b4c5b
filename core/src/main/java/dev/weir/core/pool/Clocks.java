package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.time.TimeSource;

/**
 * The two readings that a pool takes: an exact one where a task is sampled or somebody waits, and a rough one, far
 * cheaper, for what every task costs. Both are of one clock, the rough one up to a millisecond behind.
 */
final class Clocks {
    final TimeSource exact;
    private final TimeSource rough;

    Clocks(TimeSource time) {
        this.exact = time;
        this.rough = time.equals(TimeSource.system()) ? TimeSource.coarse() : time;
    }

    long nanos() {
        return exact.nanoTime();
    }

    long roughNanos() {
        return rough.nanoTime();
    }

    /** For where a clock that fails would do more harm than a wrong number. */
    long nanosOr(long otherwise) {
        return read(exact, otherwise);
    }

    /** For where a clock that fails would do more harm than a wrong number. */
    long roughNanosOr(long otherwise) {
        return read(rough, otherwise);
    }

    private static long read(TimeSource clock, long otherwise) {
        try {
            return clock.nanoTime();
        } catch (Throwable broken) {
            Callbacks.error(PoolLog.LOG, "{} failed, and a pool goes on with a wrong time", clock, broken);
            return otherwise;
        }
    }
}

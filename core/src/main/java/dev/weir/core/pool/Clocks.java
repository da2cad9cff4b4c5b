package dev.weir.core.pool;

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
}

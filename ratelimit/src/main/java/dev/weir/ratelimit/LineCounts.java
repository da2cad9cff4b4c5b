package dev.weir.ratelimit;

import java.util.concurrent.atomic.LongAdder;

/** Counts those who wait, in one {@link WaitingLine} or in those of all keys. */
final class LineCounts {
    final LongAdder waits = new LongAdder();
    final LongAdder waitedNanos = new LongAdder();
    final LongAdder abandoned = new LongAdder();
    final LongAdder waiters = new LongAdder();
}

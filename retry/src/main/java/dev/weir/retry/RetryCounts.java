package dev.weir.retry;

import dev.weir.core.internal.Name;
import dev.weir.core.internal.metrics.Histogram;
import dev.weir.core.internal.metrics.Tally;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts for the metrics of a {@link Retry}. */
final class RetryCounts {
    /** The runs that succeeded at their first attempt, and those of which more had to be decided. */
    private final Tally calls = new Tally();

    private final LongAdder afterFailures = new LongAdder();
    private final LongAdder afterResults = new LongAdder();
    private final LongAdder afterTimeouts = new LongAdder();
    private final ConcurrentHashMap<StopReason, LongAdder> gaveUp = new ConcurrentHashMap<>();
    private final Histogram delayed = new Histogram();

    /** Of the retry. */
    final Name name;

    RetryCounts(Name name) {
        this.name = name;
    }

    /** A first attempt succeeded, and that is all. */
    void succeededAtOnce() {
        calls.add(true, 1);
    }

    /** Another run. */
    void decides() {
        calls.add(false, 1);
    }

    void delays(long nanos) {
        delayed.record(nanos);
    }

    /** A further attempt comes, after one that threw this; null if its result was rejected. */
    void retries(@Nullable Throwable failure) {
        LongAdder kind = failure == null
                ? afterResults
                : failure instanceof AttemptTimeoutException ? afterTimeouts : afterFailures;
        kind.increment();
    }

    void gaveUp(StopReason reason) {
        gaveUp.computeIfAbsent(reason, its -> new LongAdder()).increment();
    }

    RetryMetrics metrics() {
        Map<StopReason, Long> reasons = new EnumMap<>(StopReason.class);
        gaveUp.forEach((reason, count) -> reasons.put(reason, count.sum()));
        return new RetryMetrics(
                calls.yes() + calls.no(),
                afterFailures.sum(),
                afterResults.sum(),
                afterTimeouts.sum(),
                reasons,
                delayed.snapshot());
    }
}

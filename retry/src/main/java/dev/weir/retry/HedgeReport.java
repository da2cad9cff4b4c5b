package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.FlightEvents;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.Undelivered;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and reports the attempts of a {@link Hedge} besides the first ones, and releases results that lose. */
final class HedgeReport {
    /** Of a call that is not hedged. */
    static final HedgeReport NONE = new HedgeReport(null, null, null);

    private static final Logger LOG = LoggerFactory.getLogger(Hedge.class);
    private static final FlightEvents<HedgeAttemptEvent> ATTEMPTS = new FlightEvents<>(HedgeAttemptEvent::new);

    private final LongAdder calls = new LongAdder();
    private final LongAdder made = new LongAdder();
    private final LongAdder won = new LongAdder();
    private final @Nullable HedgeListener listener;
    private final @Nullable Undelivered<?> undelivered;

    /** Of the hedge; null if it is none. */
    final @Nullable Name name;

    HedgeReport(@Nullable Name name, @Nullable HedgeListener listener, @Nullable Undelivered<?> undelivered) {
        this.name = name;
        this.listener = listener;
        this.undelivered = undelivered;
    }

    /** A call begins. */
    void called() {
        calls.increment();
    }

    void made(int attempt) {
        report(made, attempt, false, its -> its.onHedge(attempt));
    }

    void won(int attempt) {
        report(won, attempt, true, its -> its.onWin(attempt));
    }

    /** Nobody takes this result. */
    void lost(@Nullable Object result) {
        if (undelivered != null) {
            undelivered.release(result, "a hedge", LOG);
        }
    }

    /** The same, of an asynchronous call: in the context of its caller, whichever thread brings the result. */
    void lost(@Nullable Object result, RunContext context) {
        if (undelivered != null) {
            context.run(() -> lost(result));
        }
    }

    private void report(LongAdder counter, int attempt, boolean wins, Consumer<HedgeListener> event) {
        if (attempt > 1) {
            counter.increment();
            HedgeAttemptEvent recorded = ATTEMPTS.wanted();
            if (recorded != null && name != null) {
                recorded.record(name, attempt, wins);
            }
            if (listener != null) {
                Callbacks.run(LOG, "a hedge listener", () -> event.accept(listener));
            }
        }
    }

    HedgeMetrics metrics() {
        long wins = won.sum(); // first, so that there are never more of them
        long hedges = made.sum();
        return new HedgeMetrics(calls.sum(), hedges, wins);
    }
}

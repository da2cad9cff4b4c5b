package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Undelivered;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and reports the attempts of a {@link Hedge} besides the first ones, and releases results that lose. */
final class HedgeReport {
    /** Of a call that is not hedged. */
    static final HedgeReport NONE = new HedgeReport(null, null);

    private static final Logger LOG = LoggerFactory.getLogger(Hedge.class);

    private final LongAdder made = new LongAdder();
    private final LongAdder won = new LongAdder();
    private final @Nullable HedgeListener listener;
    private final @Nullable Undelivered<?> undelivered;

    HedgeReport(@Nullable HedgeListener listener, @Nullable Undelivered<?> undelivered) {
        this.listener = listener;
        this.undelivered = undelivered;
    }

    void made(int attempt) {
        report(made, attempt, its -> its.onHedge(attempt));
    }

    void won(int attempt) {
        report(won, attempt, its -> its.onWin(attempt));
    }

    /** Nobody takes this result. */
    void lost(@Nullable Object result) {
        if (undelivered != null) {
            undelivered.release(result, "a hedge", LOG);
        }
    }

    private void report(LongAdder counter, int attempt, Consumer<HedgeListener> event) {
        if (attempt > 1) {
            counter.increment();
            if (listener != null) {
                Callbacks.run(LOG, "a hedge listener", () -> event.accept(listener));
            }
        }
    }

    HedgeMetrics metrics() {
        long wins = won.sum(); // first, so that there are never more of them
        return new HedgeMetrics(made.sum(), wins);
    }
}

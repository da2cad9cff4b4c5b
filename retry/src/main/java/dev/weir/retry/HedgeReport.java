package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and reports the attempts of a {@link Hedge} besides the first ones. */
final class HedgeReport {
    /** Of a call that is not hedged. */
    static final HedgeReport NONE = new HedgeReport(null);

    private static final Logger LOG = LoggerFactory.getLogger(Hedge.class);

    private final LongAdder made = new LongAdder();
    private final LongAdder won = new LongAdder();
    private final @Nullable HedgeListener listener;

    HedgeReport(@Nullable HedgeListener listener) {
        this.listener = listener;
    }

    void made(int attempt) {
        report(made, attempt, its -> its.onHedge(attempt));
    }

    void won(int attempt) {
        report(won, attempt, its -> its.onWin(attempt));
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

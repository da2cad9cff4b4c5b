package dev.weir.retry;

import dev.weir.core.internal.FlightEvents;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A further attempt of a hedge is made, or has won. */
@Name("dev.weir.HedgeAttempt")
@Label("Hedge")
@Category({"Weir", "Retries"})
@Description("A further attempt of a hedge, when it is made and when its result is the one that is taken")
@Enabled(false)
@StackTrace(false)
final class HedgeAttemptEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(Hedge.class);

    @Label("Hedge")
    @Nullable
    String hedge;

    @Label("Attempt")
    int attempt;

    @Label("Won")
    boolean won;

    /** Records that an attempt is made, or has won. Throws nothing. */
    void record(dev.weir.core.internal.Name name, int number, boolean hasWon) {
        FlightEvents.record(this, LOG, () -> {
            hedge = name.toString();
            attempt = number;
            won = hasWon;
        });
    }
}

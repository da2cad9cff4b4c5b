package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
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

    /** Asked whether a recording wants such events, and never committed. */
    private static final HedgeAttemptEvent ASKED = new HedgeAttemptEvent();

    @Label("Hedge")
    @Nullable
    String hedge;

    @Label("Attempt")
    int attempt;

    @Label("Won")
    boolean won;

    /** Records that an attempt is made, or has won, if a recording wants it. Throws nothing. */
    static void record(dev.weir.core.internal.Name name, int number, boolean hasWon) {
        if (ASKED.isEnabled()) {
            Callbacks.run(LOG, "a flight recorder event", () -> {
                HedgeAttemptEvent event = new HedgeAttemptEvent();
                event.hedge = name.toString();
                event.attempt = number;
                event.won = hasWon;
                event.commit();
            });
        }
    }
}

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

/** A run has ended without a result that is accepted. */
@Name("dev.weir.RetryGiveUp")
@Label("Retry Gives Up")
@Category({"Weir", "Retries"})
@Description("A run of a retry that made no further attempt after one that failed")
@Enabled(false)
@StackTrace(true)
final class RetryGiveUpEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    /** Asked whether a recording wants such events, and never committed. */
    private static final RetryGiveUpEvent ASKED = new RetryGiveUpEvent();

    @Label("Retry")
    @Nullable
    String retry;

    @Label("Attempts")
    int attempts;

    @Label("Reason")
    @Nullable
    String reason;

    @Label("Failure")
    @Nullable
    String failure;

    /** Records that a run has given up, if a recording wants it. Throws nothing. */
    static void record(dev.weir.core.internal.Name name, int made, StopReason why, @Nullable Throwable thrown) {
        if (ASKED.isEnabled()) {
            Callbacks.run(LOG, "a flight recorder event", () -> {
                RetryGiveUpEvent event = new RetryGiveUpEvent();
                event.retry = name.toString();
                event.attempts = made;
                event.reason = why.name();
                event.failure = thrown == null ? null : Callbacks.describe(thrown);
                event.commit();
            });
        }
    }
}

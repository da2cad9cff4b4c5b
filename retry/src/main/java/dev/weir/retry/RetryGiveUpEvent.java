package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
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

/** A run has ended without a result that is accepted. */
@Name("dev.weir.RetryGiveUp")
@Label("Retry Gives Up")
@Category({"Weir", "Retries"})
@Description("A run of a retry that made no further attempt after one that failed")
@Enabled(false)
@StackTrace(true)
final class RetryGiveUpEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

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

    /** Records that a run has given up. Throws nothing. */
    void record(dev.weir.core.internal.Name name, int made, StopReason why, @Nullable Throwable thrown) {
        FlightEvents.record(this, LOG, () -> {
            retry = name.toString();
            attempts = made;
            reason = why.name();
            failure = thrown == null ? null : Callbacks.describe(thrown);
        });
    }
}

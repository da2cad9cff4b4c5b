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
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An attempt has failed, and is followed by another. */
@Name("dev.weir.RetryAttempt")
@Label("Retry Attempt")
@Category({"Weir", "Retries"})
@Description("An attempt that failed, or whose result was rejected, and that is followed by another")
@Enabled(false)
@StackTrace(false)
final class RetryAttemptEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    @Label("Retry")
    @Nullable
    String retry;

    @Label("Attempt")
    int attempt;

    @Label("Failure")
    @Nullable
    String failure;

    @Label("Delay")
    @Timespan(Timespan.NANOSECONDS)
    long delay;

    /** Records that an attempt is followed by another after that delay. Throws nothing. */
    void record(dev.weir.core.internal.Name name, int number, @Nullable Throwable thrown, long nanos) {
        FlightEvents.record(this, LOG, () -> {
            retry = name.toString();
            attempt = number;
            failure = thrown == null ? null : Callbacks.describe(thrown);
            delay = nanos;
        });
    }
}

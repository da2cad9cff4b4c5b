package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
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

    /** Asked whether a recording wants such events, and never committed. */
    private static final RetryAttemptEvent ASKED = new RetryAttemptEvent();

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

    /** Records that an attempt is followed by another after that delay, if a recording wants it. Throws nothing. */
    static void record(dev.weir.core.internal.Name name, int number, @Nullable Throwable thrown, long nanos) {
        if (ASKED.isEnabled()) {
            Callbacks.run(LOG, "a flight recorder event", () -> {
                RetryAttemptEvent event = new RetryAttemptEvent();
                event.retry = name.toString();
                event.attempt = number;
                event.failure = thrown == null ? null : Callbacks.describe(thrown);
                event.delay = nanos;
                event.commit();
            });
        }
    }
}

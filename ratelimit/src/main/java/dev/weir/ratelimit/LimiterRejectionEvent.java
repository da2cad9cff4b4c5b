package dev.weir.ratelimit;

import dev.weir.core.internal.FlightEvents;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread gets none of the permits that it would have waited for, or has waited for. The threshold is about that wait.
 */
@Name("dev.weir.LimiterRejection")
@Label("Limiter Rejection")
@Category({"Weir", "Rate Limits"})
@Description("A thread that would have waited for permits of a rate limiter, or has waited, and got none")
@Threshold("0 ms")
@Enabled(false)
@StackTrace(true)
final class LimiterRejectionEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);

    @Label("Limiter")
    @Nullable
    String limiter;

    @Label("Permits")
    long permits;

    /** Ends it, and records it if it lasted for long enough. Throws nothing. */
    void end(String name, long count) {
        FlightEvents.end(this, LOG, () -> {
            limiter = name;
            permits = count;
        });
    }
}

package dev.weir.core.pool;

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

/** A task finds no room. It lasts as long as the submitter is kept by that. */
@Name("dev.weir.PoolSaturation")
@Label("Pool Saturation")
@Category({"Weir", "Pools"})
@Description("A task that found no room in a worker pool, and for how long that kept its submitter")
@Threshold("0 ms")
@Enabled(false)
@StackTrace(true)
final class SaturationEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    @Label("Pool")
    @Nullable
    String pool;

    @Label("Policy")
    @Nullable
    String policy;

    @Label("Outcome")
    @Nullable
    String outcome;

    /** Ends it, and records it if it lasted for long enough. Throws nothing. */
    void end(String name, Saturation.Kind kind, SaturationHandler.Admission end) {
        FlightEvents.end(this, LOG, () -> {
            pool = name;
            policy = kind.name();
            outcome = end.name();
        });
    }
}

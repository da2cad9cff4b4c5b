package dev.weir.core.pool;

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

/** A pool stands still. */
@Name("dev.weir.PoolStall")
@Label("Pool Stall")
@Category({"Weir", "Pools"})
@Description("All workers of a pool wait while tasks wait in its queue, which stands still")
@Enabled(false)
@StackTrace(false)
final class StallEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    @Label("Pool")
    @Nullable
    String pool;

    @Label("Workers")
    int workers;

    @Label("Queued")
    int queued;

    /** Records that a pool stands still. Throws nothing. */
    void record(String name, int busy, int waiting) {
        FlightEvents.record(this, LOG, () -> {
            pool = name;
            workers = busy;
            queued = waiting;
        });
    }
}

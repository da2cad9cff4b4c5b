package dev.weir.core.pool;

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

/** A pool stands still. */
@Name("dev.weir.PoolStall")
@Label("Pool Stall")
@Category({"Weir", "Pools"})
@Description("All workers of a pool wait while tasks wait in its queue, which stands still")
@Enabled(false)
@StackTrace(false)
final class StallEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    /** Asked whether a recording wants such events, and never committed. */
    private static final StallEvent ASKED = new StallEvent();

    @Label("Pool")
    @Nullable
    String pool;

    @Label("Workers")
    int workers;

    @Label("Queued")
    int queued;

    /** Records that a pool stands still, if a recording wants it. Throws nothing. */
    static void record(String name, int busy, int waiting) {
        if (ASKED.isEnabled()) {
            Callbacks.run(LOG, "a flight recorder event", () -> {
                StallEvent event = new StallEvent();
                event.pool = name;
                event.workers = busy;
                event.queued = waiting;
                event.commit();
            });
        }
    }
}

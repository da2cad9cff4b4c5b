package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.FlightEvents;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A task of a pool that ran for longer than the recording's threshold. */
@Name("dev.weir.WorkerPoolTask")
@Label("Pool Task")
@Category({"Weir", "Pools"})
@Description("A task that a worker pool has run, if that took longer than the threshold")
@Threshold("10 ms")
@Enabled(false)
@StackTrace(false)
final class TaskEvent extends Event {
    @Label("Pool")
    @Nullable
    String pool;

    @Label("Task")
    @Nullable
    String task;

    @Label("Time in Queue")
    @Timespan(Timespan.NANOSECONDS)
    long queued;

    @Label("Failed")
    boolean failed;

    /** Ends it, and records it if it lasted for long enough. Throws nothing. */
    void end(String name, Object named, long queuedNanos, boolean hasFailed) {
        FlightEvents.end(this, PoolLog.LOG, () -> {
            pool = name;
            task = Callbacks.describe(named);
            queued = Math.max(0, queuedNanos);
            failed = hasFailed;
        });
    }
}

package dev.weir.pipeline;

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

/** A worker of a stage has waited, for longer than the threshold. */
@Name("dev.weir.StageStall")
@Label("Stage Stall")
@Category({"Weir", "Pipelines"})
@Description("A worker of a stage waited for an element, or for room behind it")
@Threshold("100 ms")
@Enabled(false)
@StackTrace(false)
final class StageStallEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    @Label("Stage")
    @Nullable
    String stage;

    @Label("Waited for")
    @Nullable
    String waitedFor;

    /** Ends it, and records it if it lasted for long enough. Throws nothing. */
    void end(String name, String what) {
        FlightEvents.end(this, LOG, () -> {
            stage = name;
            waitedFor = what;
        });
    }
}

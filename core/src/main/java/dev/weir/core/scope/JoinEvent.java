package dev.weir.core.scope;

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

/** The owner of a scope has waited for its tasks, for longer than the threshold. */
@Name("dev.weir.ScopeJoin")
@Label("Scope Join")
@Category({"Weir", "Scopes"})
@Description("The owner of a task scope waited for its tasks")
@Threshold("100 ms")
@Enabled(false)
@StackTrace(true)
final class JoinEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(TaskScope.class);

    @Label("Scope")
    @Nullable
    String scope;

    @Label("Tasks")
    long tasks;

    @Label("Failed")
    long failed;

    /** Ends it, and records it if it lasted for long enough. Throws nothing. */
    void end(String name, TaskScopeMetrics metrics) {
        FlightEvents.end(this, LOG, () -> {
            scope = name;
            tasks = metrics.done();
            failed = metrics.failed();
        });
    }
}

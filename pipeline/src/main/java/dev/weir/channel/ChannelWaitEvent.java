package dev.weir.channel;

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

/** A thread has waited at a channel, for longer than the threshold. */
@Name("dev.weir.ChannelWait")
@Label("Channel Wait")
@Category({"Weir", "Channels"})
@Description("A thread waited to send to a channel, or to receive from it")
@Threshold("10 ms")
@Enabled(false)
@StackTrace(true)
final class ChannelWaitEvent extends Event {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    @Label("Channel")
    @Nullable
    String channel;

    @Label("Operation")
    @Nullable
    String operation;

    /** Ends it, and records it if it lasted for long enough. Throws nothing. */
    void end(String name, String what) {
        FlightEvents.end(this, LOG, () -> {
            channel = name;
            operation = what;
        });
    }
}

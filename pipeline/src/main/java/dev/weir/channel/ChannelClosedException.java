package dev.weir.channel;

import dev.weir.core.internal.Callbacks;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a send on a {@link Channel} that is closed, and by a receive on one that is closed and empty. Immutable but
 * for its stack and what is suppressed in it.
 */
public final class ChannelClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    ChannelClosedException(@Nullable Throwable cause) {
        super(cause == null ? "the channel is closed" : "the channel failed: " + Callbacks.describe(cause), cause);
    }
}

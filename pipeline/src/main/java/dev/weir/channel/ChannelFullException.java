package dev.weir.channel;

/**
 * Thrown by a send on a {@link Channel} that is full and that {@linkplain WhenFull#FAIL fails} then. Immutable but for
 * its stack and what is suppressed in it.
 */
public final class ChannelFullException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    ChannelFullException(long capacity) {
        super("the channel is full, with " + capacity + " elements");
    }
}

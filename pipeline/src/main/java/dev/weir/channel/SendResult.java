package dev.weir.channel;

/** What became of an element that was offered to a {@link Channel} without waiting for ever. */
public enum SendResult {
    /** The channel has the element. */
    SENT,
    /** The channel was full, and stayed so for the time given; the caller still has the element. */
    FULL,
    /** The channel takes no more elements; the caller still has the element. */
    CLOSED,
    /** The channel was full and {@linkplain WhenFull#DROP_LATEST drops} then; its callback has the element. */
    DROPPED
}

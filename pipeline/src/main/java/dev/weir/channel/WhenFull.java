package dev.weir.channel;

/** What a bounded {@link Channel} does with an element for which it has no room. */
public enum WhenFull {
    /** Has the sender wait for room. */
    WAIT,
    /**
     * Drops the element that is in the channel for longest, to make room. If several threads send at the same time one
     * may take the room that another has made; that one then drops one more. An element is dropped only while the
     * channel is full.
     */
    DROP_OLDEST,
    /** Drops the element to be sent. */
    DROP_LATEST,
    /** Refuses the element. */
    FAIL
}

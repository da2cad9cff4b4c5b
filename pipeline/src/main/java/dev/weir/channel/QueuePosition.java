package dev.weir.channel;

/** Where a thread that begins to wait comes in. */
enum QueuePosition {
    /** At the end, unless it can go on at once. */
    LAST,
    /** At the end, even if it could go on at once, as somebody waits there that has been overtaken too often. */
    BEHIND,
    /** At the head, unless it can go on at once: it was woken before, and came too late. */
    FIRST
}

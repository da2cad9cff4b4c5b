package dev.weir.channel;

/** Where a thread that begins to wait enters the list. */
enum QueuePosition {
    /** At the end, unless it can go on at once. */
    TAIL,
    /** At the end, even if it could go on at once, because a thread waits there that was overtaken too often. */
    TAIL_EVEN_IF_READY,
    /** At the head, unless it can go on at once: it was woken before, and came too late. */
    HEAD
}

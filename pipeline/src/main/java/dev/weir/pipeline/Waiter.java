package dev.weir.pipeline;

/** A parked thread in one of a channel's lists. It carries a signal to look again, never an element. */
final class Waiter {
    final Thread thread = Thread.currentThread();

    // Written under the channel's lock, before the unpark; volatile because the owner reads it without the lock.
    volatile boolean signalled;
}

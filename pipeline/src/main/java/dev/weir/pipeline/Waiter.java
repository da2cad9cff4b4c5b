package dev.weir.pipeline;

import org.jspecify.annotations.Nullable;

/** A thread in a {@link WaitList}. It carries a signal to look again, never an element. */
final class Waiter {
    @Nullable
    Thread thread;

    @Nullable
    Waiter previous;

    @Nullable
    Waiter next;

    // Written under the list's lock, before the unpark; volatile because the owner reads it without the lock.
    volatile boolean signalled;
}

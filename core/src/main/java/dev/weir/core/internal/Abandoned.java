package dev.weir.core.internal;

import java.lang.ref.Cleaner;

/**
 * Notices what is forgotten: a handle that its user has neither closed nor used to its end, and that nobody can reach
 * any more. The action runs on a thread that all share, so it is quick: it stops work and logs, and starts a thread for
 * anything longer.
 */
public final class Abandoned {
    private static final Cleaner CLEANER = Cleaner.create(Threads.daemonFactory("weir-abandoned-"));

    private Abandoned() {}

    /**
     * Watches a handle.
     *
     * @param handle what the user holds; nothing that works on its behalf may lead to it
     * @param action what to do once it is unreachable; must not lead to the handle, nor throw
     * @return runs the action at once if its user ends the watch, so the action looks whether there is something to do
     */
    public static Cleaner.Cleanable watch(Object handle, Runnable action) {
        return CLEANER.register(handle, action);
    }
}

package dev.weir.batch;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Threads;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes the items that a close has ended, which are linked through {@code previous}. Of the thread that closes. */
final class CutItems {
    private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);

    private CutItems() {}

    /** Completes all; dependents of futures run in a virtual thread, and do not hold up the close. Returns how many. */
    static <I, O extends @Nullable Object> int finish(@Nullable PendingItem<I, O> chain, String name) {
        int count = 0;
        PendingItem<I, O> withDependents = null;
        PendingItem<I, O> item = chain;
        while (item != null) {
            PendingItem<I, O> next = item.previous;
            if (item.caller == null && item.getNumberOfDependents() > 0) {
                item.previous = withDependents;
                withDependents = item;
            } else {
                finish(item);
            }
            item = next;
            count++;
        }
        if (withDependents != null) {
            finishElsewhere(withDependents, name);
        }
        return count;
    }

    private static <I, O extends @Nullable Object> void finishElsewhere(PendingItem<I, O> chain, String name) {
        try {
            Threads.virtual(name + "-close", () -> finishHere(chain)).start();
        } catch (Throwable noThread) {
            finishHere(chain);
            Callbacks.error(LOG, "{} could not start a thread for the dependents of futures", name, noThread);
        }
    }

    private static <I, O extends @Nullable Object> void finishHere(PendingItem<I, O> chain) {
        PendingItem<I, O> item = chain;
        while (item != null) {
            PendingItem<I, O> next = item.previous;
            finish(item);
            item = next;
        }
    }

    private static void finish(PendingItem<?, ?> item) {
        item.finish();
        item.previous = null;
        item.item = null;
    }
}

package dev.weir.core.internal;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.context.ContextCarrier.Captured;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of some work within the contexts that can only surround it, one in the other. For one thread. */
final class SurroundedCall<T extends @Nullable Object, X extends Throwable> implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ContextCarrier.class);

    private final @Nullable Captured[] captured;
    private final Contexts.Work<? extends T, X> work;
    private int next;
    private boolean begun;
    private @Nullable T result;
    private @Nullable Throwable failure;

    SurroundedCall(@Nullable Captured[] captured, Contexts.Work<? extends T, X> work) {
        this.captured = captured;
        this.work = work;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // X is the work's; without a failure the result is, too, null included
    T call() throws X {
        try {
            run();
        } catch (Throwable broken) { // by a carrier, as the work throws nothing out of this
            if (!begun) {
                throw broken;
            }
            Callbacks.error(LOG, "a context carrier failed after the work that it was around", broken);
        }
        if (!begun) {
            throw new IllegalStateException("a context carrier did not run the work that it was to be around");
        }
        if (failure != null) {
            throw (X) failure;
        }
        return result;
    }

    boolean hasBegun() {
        return begun;
    }

    /** Goes on inwards; called by the context around. */
    @Override
    public void run() {
        while (next < captured.length) {
            if (captured[next++] instanceof ContextCarrier.Surrounding surrounding) {
                surrounding.around(this);
                return;
            }
        }
        if (begun) {
            throw new IllegalStateException("a context carrier ran the work that it was around twice");
        }
        begun = true;
        try {
            result = work.get();
        } catch (Throwable thrown) {
            failure = thrown;
        }
    }
}

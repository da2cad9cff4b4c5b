package dev.weir.pipeline;

import dev.weir.core.internal.Contexts;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the results that an element of an acknowledged source has on their way. When nothing that came of the element
 * is under way any more, it is done with. An element that is given up never is.
 */
final class AckToken {
    /**
     * An element, or the result of some, on its way from stage to stage with its token, if its source wants to know
     * when it is done with, and with a context of its own, if it was sent with one.
     */
    record Acked(Object element, @Nullable AckToken token, Contexts.@Nullable Snapshot context) {
        /** Of what comes from stage to stage, the element. */
        static Object elementOf(Object item) {
            return item instanceof Acked acked ? acked.element : item;
        }

        /** Releases what comes from stage to stage, if it has a token. */
        static void release(Object item, StageWorker worker) {
            if (item instanceof Acked acked && acked.token != null) {
                acked.token.release(worker);
            }
        }

        /** Of what comes from stage to stage, more results will be on their way. */
        static void retain(Object item, int more) {
            if (item instanceof Acked acked && acked.token != null) {
                acked.token.retain(more);
            }
        }

        /** A result, as it goes to the next stage. */
        static Object with(Object item, Object result) {
            return item instanceof Acked acked ? new Acked(result, acked.token, acked.context) : result;
        }

        /** Whether user code is to be called with a context of the element's own. */
        static boolean hasContext(Object item) {
            return item instanceof Acked acked && acked.context != null;
        }

        /** Calls user code with the element's own context, if it has one. */
        static <R extends @Nullable Object, X extends Throwable> R call(Object item, Contexts.Work<? extends R, X> work)
                throws X, InterruptedException {
            return item instanceof Acked acked && acked.context != null ? acked.context.<R, X>call(work) : work.get();
        }

        /** The same without a result. */
        static <X extends Throwable> void run(Object item, Contexts.Action<X> work) throws X, InterruptedException {
            Acked.<@Nullable Void, X>call(item, () -> {
                work.run();
                return null;
            });
        }
    }

    /** What to do when all is done with, in the worker that was the last. */
    @FunctionalInterface
    interface WhenDone {
        void run(StageWorker worker);
    }

    private final AtomicInteger references = new AtomicInteger(1);
    private final WhenDone whenDone;

    AckToken(WhenDone whenDone) {
        this.whenDone = whenDone;
    }

    /** For a list of elements: when it is released, each of theirs is, which have been retained for that. */
    static AckToken of(List<AckToken> all) {
        return new AckToken(worker -> all.forEach(token -> token.release(worker)));
    }

    /** More results are on their way; called only by a holder of a reference. */
    void retain(int more) {
        references.addAndGet(more);
    }

    /** One of the references is done with. */
    void release(StageWorker worker) {
        if (references.decrementAndGet() == 0) {
            whenDone.run(worker);
        }
    }
}

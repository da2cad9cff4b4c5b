package dev.weir.pipeline;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the results that an element of an acknowledged source has on their way. When nothing that came of the element
 * is under way any more, it is done with. An element that is given up never is.
 */
final class AckToken {
    /** An element, or the result of some, on its way from stage to stage with its token. */
    record Acked(Object element, AckToken token) {
        /** Of what comes from stage to stage, the element. */
        static Object elementOf(Object item) {
            return item instanceof Acked acked ? acked.element : item;
        }

        /** Releases what comes from stage to stage, if it has a token. */
        static void release(Object item, StageWorker worker) {
            if (item instanceof Acked acked) {
                acked.token.release(worker);
            }
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

package dev.weir.pipeline;

import org.jspecify.annotations.Nullable;

/** Which of a stage's workers takes which element, and when the outcome is passed on. */
sealed interface StageOrder permits UnorderedResults, OrderedResults, KeyedOrder {
    /** How many workers it has something to do for. */
    default int maxWorkers() {
        return Integer.MAX_VALUE;
    }

    /** What the worker is to do next; null when there is no more, or it has retired. */
    @Nullable
    Object take(StageWorker worker) throws InterruptedException;

    /** The worker has done what it took last. */
    void finish(StageWorker worker, Object outcome) throws InterruptedException;
}

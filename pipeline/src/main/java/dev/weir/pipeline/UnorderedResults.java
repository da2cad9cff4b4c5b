package dev.weir.pipeline;

import org.jspecify.annotations.Nullable;

/** Each worker takes the next element and passes its result on at once. */
record UnorderedResults(WorkStage stage, StageBuffer input) implements StageOrder {
    @Override
    public @Nullable Object take(StageWorker worker) throws InterruptedException {
        return stage.take(worker, input);
    }

    @Override
    public void finish(StageWorker worker, Object outcome) throws InterruptedException {
        stage.deliver(worker, outcome);
    }
}

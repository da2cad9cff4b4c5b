package dev.weir.core.pool;

import dev.weir.core.context.ContextCarrier;
import java.time.Duration;

/** All kinds of pools, for what must hold for each. */
enum PoolKind {
    PLATFORM,
    VIRTUAL,
    PRIORITIES,
    FAIR_SHARES,
    HAND_OVER,
    DECORATED,
    CONTEXT,
    TIME_LIMITS,
    SUBMITTER_STACKS,
    WATCHED;

    private static final ContextCarrier SOMETHING = () -> () -> () -> {};

    WorkerPoolBuilder builder(int maxWorkers) {
        WorkerPoolBuilder builder =
                WorkerPool.builder("test").maxWorkers(maxWorkers).queueCapacity(hasQueue() ? 10 : 0);
        return switch (this) {
            case PLATFORM, HAND_OVER -> builder;
            case VIRTUAL -> builder.virtualWorkers();
            case PRIORITIES -> builder.priorities();
            case FAIR_SHARES -> builder.fairShares();
            case DECORATED -> builder.decorator(task -> task::run);
            case CONTEXT -> builder.context(ContextCarrier.mdc(), SOMETHING);
            case TIME_LIMITS -> builder.queueTimeout(Duration.ofHours(1)).runTimeout(Duration.ofHours(1));
            case SUBMITTER_STACKS -> builder.submitterStacks(true);
            case WATCHED -> builder.slowTaskThreshold(Duration.ofHours(1));
        };
    }

    /** Whether a task may wait for a worker without its submitter. */
    boolean hasQueue() {
        return this != HAND_OVER;
    }
}

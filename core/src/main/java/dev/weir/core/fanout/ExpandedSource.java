package dev.weir.core.fanout;

import org.jspecify.annotations.Nullable;

/** Reads a {@link Frontier}: what items have added first, and then the seeds. */
final class ExpandedSource<T extends @Nullable Object> extends IteratedSource<T> {
    private final Frontier<T> frontier;

    /** Whether the seeds may have more; guarded by the reading turn. */
    private boolean hasSeeds = true;

    ExpandedSource(FanOutRun<T, ?> run, FanIn<?> fanIn, Frontier<T> frontier) {
        super(run, fanIn, frontier);
        this.frontier = frontier;
    }

    @Override
    boolean hasNext() {
        while (!frontier.hasAdded()) {
            hasSeeds = hasSeeds && super.hasNext();
            if (hasSeeds) {
                return true;
            }
            if (!frontier.isAtWork()) {
                return frontier.hasAdded(); // looked at last: nobody adds any more
            }
            if (!await(() -> frontier.hasAdded() || !frontier.isAtWork())) {
                return false;
            }
        }
        return true;
    }

    @Override
    T takeNext() {
        T item = frontier.hasAdded() ? frontier.poll() : super.takeNext();
        frontier.begins();
        return item;
    }

    @Override
    boolean seesMore() {
        return frontier.hasAdded() || hasSeeds;
    }
}

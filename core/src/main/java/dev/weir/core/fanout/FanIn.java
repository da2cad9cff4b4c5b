package dev.weir.core.fanout;

import org.jspecify.annotations.Nullable;

/** What becomes of the results. A worker calls {@link #succeeded} and the like at the end of each item. */
abstract class FanIn<R extends @Nullable Object> {
    /**
     * How many items may be claimed now. Called under the reading lock.
     *
     * @param wanted at least 1
     * @param read how many have been claimed
     * @return at most as many as wanted; 0 to make the reader wait
     */
    int room(int wanted, long read) {
        return wanted;
    }

    /**
     * So many items have been claimed, and none of the new ones has begun. Called under the reading lock.
     *
     * @param count how many in all
     */
    void reserve(long count) {}

    abstract void succeeded(FanOutRun<?, R> run, ItemWorker<?, R> worker, long index, R value);

    /**
     * A task failed, or took too long.
     *
     * @param run the call
     * @param index the number of the item
     * @param failure what it threw, or that it took too long
     * @param expired whether it took too long
     */
    void failed(FanOutRun<?, R> run, long index, Throwable failure, boolean expired) {
        run.failed(new Stop(expired ? Stop.Kind.TIMED_OUT : Stop.Kind.FAILED, failure));
    }

    /** A task that was running when the call was stopped gave in. */
    void cancelled(FanOutRun<?, R> run, long index) {}

    /** The call was stopped, or is over: who waits for a result must look. */
    void wake() {}
}

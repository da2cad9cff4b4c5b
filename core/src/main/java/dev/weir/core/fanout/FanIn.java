package dev.weir.core.fanout;

import org.jspecify.annotations.Nullable;

/** What is done with the results. A worker calls {@link #succeeded} or one of the others at the end of each item. */
abstract class FanIn<R extends @Nullable Object> {
    /** Whether it has room for a limited number of results, so that {@link #hasRoom} is to be asked. */
    boolean isBounded() {
        return false;
    }

    /**
     * Whether one more item may be taken from the source. Called by the worker that has the reading turn.
     *
     * @param count how many have been taken
     */
    boolean hasRoom(long count) {
        return true;
    }

    /**
     * Makes room for the results of all items that have been taken; the last of them has not begun. Called by the
     * worker that has the reading turn; not called if the number of items was known before.
     *
     * @param count how many in all
     */
    void reserve(long count) {}

    /**
     * The source has no more items.
     *
     * @param run the call
     * @param count how many there were
     */
    void exhausted(FanOutRun<?, R> run, long count) {}

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

    /** A task that was running when the call was stopped ended by its interrupt. */
    void cancelled(FanOutRun<?, R> run, long index) {}

    /** The call is over, and nobody gets the results that are kept here: gives each to {@link FanOutRun#release}. */
    void undelivered(FanOutRun<?, R> run) {}

    /** What a thread waits for that takes results while the call goes on, for thread dumps; null if none does. */
    @Nullable
    String waits() {
        return null;
    }

    /** The call was stopped, or is over: a thread that waits for a result must look. */
    void wake() {}
}

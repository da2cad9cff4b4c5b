package dev.weir.core.fanout;

import dev.weir.core.Outcome;
import org.jspecify.annotations.Nullable;

/** How items ended, which one thread takes while the call goes on: a failure is an element and ends nothing. */
final class OutcomeRing<R extends @Nullable Object> extends ResultRing<R, Outcome<R>> {
    OutcomeRing(FanOutSettings settings) {
        super(false, settings);
    }

    @Override
    void succeeded(FanOutRun<?, R> run, ItemWorker<?, R> worker, long index, R value) {
        put(index, Outcome.success(value));
    }

    @Override
    void failed(FanOutRun<?, R> run, long index, Throwable failure, boolean expired) {
        put(index, expired ? Outcome.cancelled(true, failure) : Outcome.failure(failure));
    }

    @Override
    @Nullable
    Object resultOf(Object kept) {
        return kept instanceof Outcome.Success<?>(Object value) ? value : null;
    }
}

package dev.weir.spring.web;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The answer that a run retries, until the next attempt takes it or the run ends; who takes it releases it.
 *
 * <pre>
 *   NONE --keep--&gt; KEPT --take--&gt; NONE
 *   NONE, KEPT --end--&gt; OVER: a keep is refused
 * </pre>
 *
 * @param <A> the type of the client's answers
 */
final class RetriedAnswer<A> {
    private static final Object OVER = new Object();

    private final AtomicReference<@Nullable Object> state = new AtomicReference<>();

    /** False if the run is over, as it was cancelled: then nobody takes the answer. */
    boolean keep(A answer) {
        return state.compareAndSet(null, answer);
    }

    /** The answer for the one who asks; null if there is none. */
    @Nullable
    A take() {
        return answer(state.getAndUpdate(now -> now == OVER ? OVER : null));
    }

    /** The run is over: as {@link #take}, and none is kept any more. */
    @Nullable
    A end() {
        return answer(state.getAndSet(OVER));
    }

    @SuppressWarnings("unchecked") // what was kept
    private @Nullable A answer(@Nullable Object kept) {
        return kept == OVER ? null : (A) kept;
    }
}

package dev.weir.ratelimit.remote;

import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A call to the store that is under way. The first of its answer and its time-out ends it, and an answer that comes
 * afterwards is late.
 *
 * <pre>
 *   UNDER_WAY --answer, or a failure of the call--&gt; ENDED
 *       \-------time-out--------------------------&gt; TIMED_OUT --answer--&gt; the same, but it is late
 * </pre>
 *
 * @param <A> the answer
 */
final class Trip<A> implements BiConsumer<@Nullable A, @Nullable Throwable> {
    /** What follows from the end of a trip; called by the thread that ends it, so it must be quick. */
    interface End<A> {
        void answered(A answer);

        void failed(Throwable cause);

        /** The store is in order, but the bucket cannot be used. */
        default void unusable(Throwable cause) {
            failed(cause);
        }

        /** The trip has timed out before. */
        void late(A answer);
    }

    private static final int UNDER_WAY = 0;
    private static final int ENDED = 1;
    private static final int TIMED_OUT = 2;

    private final End<A> end;
    private final AtomicInteger state = new AtomicInteger(UNDER_WAY);

    Trip(End<A> end) {
        this.end = end;
    }

    @Override
    public void accept(@Nullable A answer, @Nullable Throwable failure) {
        boolean inTime = state.compareAndSet(UNDER_WAY, ENDED);
        if (answer == null) {
            if (inTime) {
                end.failed(failure == null ? new NullPointerException("the store answered null") : unwrapped(failure));
            }
        } else if (inTime) {
            end.answered(answer);
        } else {
            end.late(answer);
        }
    }

    void timedOut(Throwable cause) {
        if (state.compareAndSet(UNDER_WAY, TIMED_OUT)) {
            end.failed(cause);
        }
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }
}

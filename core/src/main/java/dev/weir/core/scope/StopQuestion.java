package dev.weir.core.scope;

import dev.weir.core.Outcome;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Asks the policy of a scope, for each task that ends of its own accord, whether to stop. */
final class StopQuestion {
    private static final long ONE_SUCCESS = 1L << Integer.SIZE;

    private final ScopePolicy<@Nullable Object, ?, ?> policy;

    /** The successes in the upper half and the failures in the lower one: both counts of a call are of one moment. */
    private final AtomicLong counts = new AtomicLong();

    @SuppressWarnings("unchecked") // it is asked about results of its scope's tasks alone
    StopQuestion(ScopePolicy<?, ?, ?> policy) {
        this.policy = (ScopePolicy<@Nullable Object, ?, ?>) policy;
    }

    /** That the scope is to stop: why, and whether the policy says so or has failed. */
    record Answer(Throwable cause, boolean byPolicy) {}

    /**
     * Asks once that a task returned, or threw; calls foreign code.
     *
     * @return why to stop, or null
     */
    @Nullable
    Answer ask(@Nullable Object value, @Nullable Throwable failure, String name) {
        long now = counts.addAndGet(failure == null ? ONE_SUCCESS : 1);
        try {
            Outcome<@Nullable Object> ended = failure == null ? Outcome.success(value) : Outcome.failure(failure);
            if (!policy.stopsAt(ended, (int) (now >>> Integer.SIZE), (int) now)) {
                return null;
            }
            return new Answer(
                    failure == null ? new CancellationException(name + " was stopped by its policy") : failure, true);
        } catch (Throwable failed) {
            return new Answer(failed, false); // nothing that it throws is lost, and nothing goes on without it
        }
    }
}

package dev.weir.retry;

import dev.weir.core.internal.Suppressed;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a call of a {@link Hedge} fails with if no attempt succeeds: the failure that ends it, or else the first, with
 * the others suppressed. Guarded by the lock of its call, and not changed once the call is over.
 */
final class HedgeFailures {
    private static final Logger LOG = LoggerFactory.getLogger(Hedge.class);

    private @Nullable Throwable failure;
    private final Suppressed others = new Suppressed();

    boolean isEmpty() {
        return failure == null;
    }

    void note(Throwable thrown, boolean ends) {
        Throwable present = failure;
        if (present == null || ends) {
            failure = thrown; // what ends the call is what the caller gets
        }
        if (present != null) {
            others.add(ends ? present : thrown);
        }
    }

    /** Adds failures that are never what the call fails with. */
    void addBeside(Suppressed more) {
        others.addAll(more);
    }

    /** What the call fails with. */
    Throwable outcome() {
        return beside(Objects.requireNonNull(failure));
    }

    /** What the call fails with, for another reason, with all failures suppressed. */
    Throwable beside(Throwable thrown) {
        if (failure != null) {
            Suppressed.attachOrLog(thrown, failure, "a hedge", LOG);
        }
        return others.attachTo(thrown, "a hedge", LOG);
    }
}

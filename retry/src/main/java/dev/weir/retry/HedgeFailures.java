package dev.weir.retry;

import dev.weir.core.internal.Suppressed;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
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

    /** What attempts threw because the call had stopped them. */
    private final Suppressed interrupts = new Suppressed();

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

    void noteInterrupt(Throwable thrown) {
        interrupts.add(thrown);
    }

    /** What the call fails with if it was not stopped from outside. */
    Throwable outcome() {
        return beside(Objects.requireNonNull(failure));
    }

    /** What a call fails with whose caller was interrupted, perhaps after it was broken by something else. */
    Throwable interrupted(@Nullable Throwable broken) {
        if (broken != null) {
            note(broken, false);
        }
        return beside(new InterruptedException());
    }

    /** What a call fails with that was stopped by its time limit. */
    Throwable late(long maxNanos) {
        others.addAll(interrupts);
        String message = "took longer than " + Duration.ofNanos(maxNanos);
        return beside(new AttemptTimeoutException(new TimeoutException(message)));
    }

    /** What the call fails with, for another reason, with all failures suppressed. */
    Throwable beside(Throwable thrown) {
        if (failure != null) {
            Suppressed.attachOrLog(thrown, failure, "a hedge", LOG);
        }
        return others.attachTo(thrown, "a hedge", LOG);
    }
}

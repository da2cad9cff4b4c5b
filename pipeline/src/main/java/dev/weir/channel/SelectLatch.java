package dev.weir.channel;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The one-shot decision of a select. It is made by the other side of a rendezvous, which then has matched one of the
 * select's waiters, or by the select itself, which is not matched any more from then on and may look at its clauses.
 */
final class SelectLatch {
    private final AtomicBoolean made = new AtomicBoolean();

    /** Makes the decision; false if it was made. */
    boolean make() {
        return made.compareAndSet(false, true);
    }

    boolean isMade() {
        return made.get();
    }
}

package dev.weir.channel;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether a select has chosen its clause. It is made once: by the other side of a hand-off that matches one of the
 * select's waiters, or by the select itself, after which it looks at its clauses without being matched meanwhile.
 */
final class SelectLatch {
    private final AtomicBoolean made = new AtomicBoolean();

    /** Makes it; false if it was made. */
    boolean make() {
        return made.compareAndSet(false, true);
    }

    boolean isMade() {
        return made.get();
    }
}

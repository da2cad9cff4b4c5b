package dev.weir.core.fanout;

import dev.weir.core.internal.TraceException;
import java.util.ArrayList;
import java.util.List;

/** Failures beside the one that the caller gets: some, and how many more there were. Not thread-safe. */
final class FailureList {
    private final int most;
    private final List<Throwable> kept = new ArrayList<>();
    private long beyond;

    FailureList(int most) {
        this.most = most;
    }

    void add(Throwable failure) {
        if (kept.size() < most) {
            kept.add(failure);
        } else {
            beyond++;
        }
    }

    long count() {
        return kept.size() + beyond;
    }

    void addAll(FailureList others) {
        others.kept.forEach(this::add);
        beyond += others.beyond;
    }

    Throwable first() {
        return kept.getFirst();
    }

    /**
     * Adds them to the failure that the caller gets, after the trace of the caller's stack.
     *
     * @param cause what the caller gets
     * @param name the name of the call
     * @return what the caller gets
     */
    Throwable attachTo(Throwable cause, String name) {
        for (Throwable suppressed : cause.getSuppressed()) {
            if (suppressed instanceof TraceException) {
                return cause; // it was here before, and may be shared between calls: let it not grow
            }
        }
        cause.addSuppressed(new TraceException("in " + name + ", called from", true));
        addTo(cause);
        return cause;
    }

    /** Adds them to a failure. */
    void addTo(Throwable cause) {
        for (Throwable other : kept) {
            if (other != cause) {
                cause.addSuppressed(other);
            }
        }
        if (beyond > 0) {
            cause.addSuppressed(new TraceException(beyond + " more failures", false));
        }
    }
}

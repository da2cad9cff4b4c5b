package dev.weir.core.fanout;

import java.util.concurrent.CancellationException;

/**
 * Why a call was stopped before its source was exhausted.
 *
 * @param kind what happened
 * @param cause the failure; for the other kinds, the cause that tasks which were stopped by it have in their outcomes
 */
record Stop(Kind kind, Throwable cause) {
    enum Kind {
        /** A task or the source failed. */
        FAILED,
        /** The deadline passed, or a task took too long and that fails the call. */
        TIMED_OUT,
        /** The caller was interrupted. */
        INTERRUPTED,
        /** The caller has what it wants. */
        SATISFIED,
        /** The wanted number of results cannot be reached any more. */
        UNREACHABLE
    }

    static Stop failed(Throwable cause) {
        return new Stop(Kind.FAILED, cause);
    }

    static Stop interrupted() {
        return new Stop(Kind.INTERRUPTED, new InterruptedException());
    }

    /** What the caller gets for a timeout, which it cannot throw as it is. */
    static CancellationException cancellation(Throwable timeout) {
        CancellationException cancellation = new CancellationException(timeout.getMessage());
        cancellation.initCause(timeout);
        return cancellation;
    }

    static Stop satisfied(String why) {
        return new Stop(Kind.SATISFIED, new CancellationException(why));
    }
}

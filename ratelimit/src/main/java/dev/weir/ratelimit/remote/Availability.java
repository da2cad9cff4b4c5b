package dev.weir.ratelimit.remote;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether a store is available, and since which of its outages. One word: its epoch, which is even while the store is
 * available.
 *
 * <pre>
 *   even --a call of this epoch fails--&gt; odd --a probe of this epoch is answered--&gt; even, ...
 * </pre>
 *
 * A call that was sent in an earlier epoch says nothing about this one, so it changes nothing when it fails.
 */
final class Availability {
    private final AtomicLong epoch = new AtomicLong();

    long epoch() {
        return epoch.get();
    }

    static boolean isUnavailable(long epoch) {
        return (epoch & 1) != 0;
    }

    boolean isUnavailable() {
        return isUnavailable(epoch.get());
    }

    /** A call failed that was sent in that epoch. True if the outage begins with it. */
    boolean failed(long sentIn) {
        return !isUnavailable(sentIn) && epoch.compareAndSet(sentIn, sentIn + 1);
    }

    /** A probe was answered that was sent in that epoch. True if the outage ends with it. */
    boolean answered(long sentIn) {
        return isUnavailable(sentIn) && epoch.compareAndSet(sentIn, sentIn + 1);
    }
}

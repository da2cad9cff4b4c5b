package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks at a pool once per threshold while there is reason to.
 *
 * <pre>
 *   idle --there is reason to, at an event--&gt; watching --no reason any more, at a look--&gt; idle
 * </pre>
 *
 * <p>The timer does not keep the pool: one that has ended would stay with all that it holds until the next look.
 */
abstract class Watch {
    final PoolState state;
    final SideThread side;
    final PoolEvents events;
    final long thresholdNanos;

    private final WeakReference<Watch> self = new WeakReference<>(this);
    private final AtomicBoolean watching = new AtomicBoolean();

    /** @param thresholdNanos how long is too long; {@link Long#MAX_VALUE} for never */
    Watch(PoolState state, SideThread side, PoolEvents events, long thresholdNanos) {
        this.state = state;
        this.side = side;
        this.events = events;
        this.thresholdNanos = thresholdNanos;
    }

    /** Whether there is reason to look. Two readings, by the threads that use the pool. */
    abstract boolean hasReason();

    /** Before the first look of a watch. */
    void begins() {}

    /** Is called by the timer's thread, and so does little. */
    abstract void look();

    /** To be called after an event that may be a reason to look. */
    final void watch() {
        if (!watching.getPlain() && hasReason() && watching.compareAndSet(false, true)) {
            begins();
            schedule();
        }
    }

    private void schedule() {
        WeakReference<Watch> weak = self;
        Runnable look = () -> {
            Watch watch = weak.get();
            if (watch != null) {
                watch.timerFired();
            }
        };
        try {
            state.clocks.exact.schedule(look, Duration.ofNanos(thresholdNanos));
        } catch (Throwable broken) { // no timer, no watch
            Callbacks.error(PoolLog.LOG, "{} cannot be watched", state.name, broken);
        }
    }

    private void timerFired() {
        if (hasReason()) {
            look();
            schedule();
            return;
        }
        watching.set(false);
        watch(); // as what came between the two was not seen
    }
}

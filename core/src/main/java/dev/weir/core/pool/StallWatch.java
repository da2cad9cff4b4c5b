package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.FlightEvents;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices a pool that has come to a standstill: tasks wait, none has left the queue for the threshold, no worker is
 * idle, and each of them runs a task and waits for something. What they wait for may be a task in their own queue, by a
 * way that {@link OwnWaits} does not see.
 *
 * <p>It watches while tasks wait and no worker is idle: the timer's thread compares two positions; the workers are
 * looked at, by another thread, only if the queue has not moved. That thread may come late, and so looks at the queue
 * again. A worker that is being started, or has been woken, has not run yet and waits for nothing. A pool whose queue
 * is empty, or that has idle workers or a pause, has no timer.
 */
final class StallWatch extends Watch {
    private static final int MAX_STACKS = 16;
    private static final int MAX_FRAMES = 24;
    private static final FlightEvents<StallEvent> STALLS = new FlightEvents<>(StallEvent::new);

    private final Backlog backlog;
    private final BooleanSupplier someWait;
    private final Supplier<List<Thread>> busyThreads;

    /** Where the queue was at the last look. */
    private volatile Backlog.@Nullable Position position;

    private volatile boolean reported;

    /**
     * @param someWait whether submitters wait for room
     * @param busyThreads gives the workers' threads if each of them runs a task, else none
     * @param thresholdNanos how long is too long; {@link Long#MAX_VALUE} for never
     */
    StallWatch(
            PoolState state,
            Backlog backlog,
            BooleanSupplier someWait,
            Supplier<List<Thread>> busyThreads,
            SideThread side,
            PoolEvents events,
            long thresholdNanos) {
        super(state, side, events, thresholdNanos);
        this.backlog = backlog;
        this.someWait = someWait;
        this.busyThreads = busyThreads;
    }

    @Override
    boolean hasReason() {
        return state.idle() == 0
                && thresholdNanos != Long.MAX_VALUE
                && !state.isPaused()
                && (backlog.waiting() > 0 || someWait.getAsBoolean());
    }

    @Override
    void begins() {
        reported = false;
        position = backlog.position();
    }

    @Override
    void look() {
        Backlog.Position now = backlog.position();
        if (!now.equals(position)) {
            position = now;
            reported = false;
        } else if (!reported) {
            side.run("the watch of " + state.name, this::report);
        }
    }

    private void report() {
        List<Thread> all = busyThreads.get();
        boolean stands = !all.isEmpty()
                && all.stream().allMatch(StallWatch::waits)
                && hasReason()
                && backlog.position().equals(position);
        if (reported || !stands) {
            return;
        }
        reported = true;
        StringBuilder stacks = new StringBuilder();
        for (Thread thread : all.subList(0, Math.min(MAX_STACKS, all.size()))) {
            stacks.append("\n  ").append(thread.getName());
            StackTraceElement[] stack = thread.getStackTrace();
            for (int i = 0; i < Math.min(MAX_FRAMES, stack.length); i++) {
                stacks.append("\n    at ").append(stack[i]);
            }
        }
        Duration threshold = Duration.ofNanos(thresholdNanos);
        Callbacks.run(
                PoolLog.LOG,
                "the log of " + state.name,
                () -> PoolLog.LOG.warn(
                        "{} stands still: for {} none of its {} queued tasks has begun, and all {} workers wait{}",
                        state.name,
                        threshold,
                        backlog.waiting(),
                        all.size(),
                        stacks));
        StallEvent event = STALLS.wanted();
        if (event != null) {
            event.record(state.name, all.size(), backlog.waiting());
        }
        events.stalled(threshold, all);
    }

    private static boolean waits(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED -> true;
            default -> false;
        };
    }
}

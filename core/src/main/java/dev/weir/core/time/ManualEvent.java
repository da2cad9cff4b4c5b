package dev.weir.core.time;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** A thread that waits on a {@link ManualTimeSource}, or a task that is scheduled on it. */
final class ManualEvent extends OnceTask {
    /** By due time, then by registration; the difference of two readings is right across the wrap. */
    static final Comparator<ManualEvent> ORDER = (a, b) ->
            a.dueNanos == b.dueNanos ? Long.compare(a.number, b.number) : Long.signum(a.dueNanos - b.dueNanos);

    final long dueNanos;
    final @Nullable Thread thread;

    /** Who scheduled it; only a self-advancing clock asks, as that would keep alive what an ended thread holds. */
    final @Nullable Thread scheduler;

    private final ManualTimeSource owner;
    private final long number;

    /** Whether the thread has returned from its wait. */
    volatile boolean left;

    ManualEvent(
            ManualTimeSource owner, long dueNanos, long number, @Nullable Runnable task, @Nullable Thread scheduler) {
        super(task == null ? () -> {} : task);
        this.owner = owner;
        this.dueNanos = dueNanos;
        this.number = number;
        this.scheduler = scheduler;
        this.thread = task == null ? Thread.currentThread() : null;
    }

    @Override
    void cancelled() {
        owner.remove(this);
    }
}

package dev.weir.core.pool;

import java.time.Duration;

/** Runs one task, in whichever thread, and measures it where that was asked for. Never throws. */
final class TaskRun {
    enum Result {
        RAN,
        FAILED,
        /** It was cancelled, or ran out of time, when it was about to be run. */
        CANCELLED,
        /** It had ended before, by a cancel or a timeout. */
        DEAD,
        /** Another thread runs it, or has run it. */
        ELSEWHERE;

        boolean hasRun() {
            return this == RAN || this == FAILED;
        }
    }

    final Histogram queueTimes = new Histogram();
    final Histogram runTimes = new Histogram();
    private final PoolEngine engine;
    private final Clocks clocks;
    private final long slowNanos;

    TaskRun(PoolEngine engine, long slowNanos) {
        this.engine = engine;
        this.clocks = engine.clocks;
        this.slowNanos = slowNanos;
    }

    Result run(Runnable task, long submittedNanos, boolean sampled) {
        TaskEvent event = new TaskEvent(); // costs nothing while no recording wants it
        boolean recorded = event.isEnabled();
        if (!sampled && !recorded && slowNanos == Long.MAX_VALUE) {
            return run(task);
        }
        long begin = clocks.nanosOr(submittedNanos);
        if (sampled) {
            queueTimes.record(begin - submittedNanos);
        }
        if (recorded) {
            event.begin();
        }
        Result result = run(task);
        if (!result.hasRun()) {
            return result;
        }
        long ran = clocks.nanosOr(begin) - begin;
        if (sampled) {
            runTimes.record(ran);
        }
        if (recorded) {
            record(event, task, begin - submittedNanos, result);
        }
        if (ran > slowNanos) {
            Duration queued = Duration.ofNanos(Math.max(0, begin - submittedNanos));
            engine.tell(
                    listener -> listener.slowTask(engine.facade(), engine.nameOf(task), queued, Duration.ofNanos(ran)));
        }
        return result;
    }

    private void record(TaskEvent event, Runnable task, long queuedNanos, Result result) {
        event.end();
        if (event.shouldCommit()) {
            event.pool = engine.name;
            event.task = engine.nameOf(task);
            event.queued = Math.max(0, queuedNanos);
            event.failed = result == Result.FAILED;
            event.commit();
        }
    }

    private Result run(Runnable task) {
        if (task instanceof PoolTask<?> special) {
            Result result = special.runIfWaiting();
            if (result != Result.ELSEWHERE) {
                engine.ended(special);
            }
            return result;
        }
        try {
            task.run();
            return Result.RAN;
        } catch (Throwable failure) {
            engine.failures.handle(task, failure);
            return Result.FAILED;
        }
    }
}

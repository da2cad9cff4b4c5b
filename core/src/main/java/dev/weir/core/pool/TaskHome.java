package dev.weir.core.pool;

import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;

/**
 * What a task needs of its pool. One per pool, which is also how a task knows whose it is.
 *
 * @param name the name of the pool
 * @param clocks its clocks
 * @param failures where the task's failure goes that nobody gets
 * @param waits what a worker asks before it waits for the task
 * @param termination the end of the pool, which waits for what is still to be done for a task that has ended
 * @param side what runs foreign code in the place of a timer's thread
 * @param queueTimeoutNanos the pool's limit for a task's wait, {@link Long#MAX_VALUE} for none
 * @param runTimeoutNanos the pool's limit for a task's run, {@link Long#MAX_VALUE} for none
 * @param died to be called when a task has ended before it began, and may still be in the queue
 */
record TaskHome(
        String name,
        Clocks clocks,
        UnhandledFailures failures,
        OwnWaits waits,
        Termination termination,
        SideThread side,
        long queueTimeoutNanos,
        long runTimeoutNanos,
        Runnable died) {

    ScheduledTask schedule(Runnable quick, long nanos) {
        return clocks.exact.schedule(quick, Duration.ofNanos(nanos));
    }
}

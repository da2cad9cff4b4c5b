package dev.weir.micrometer;

import dev.weir.core.pool.PoolMetrics;
import dev.weir.core.sync.AdaptiveLimitMetrics;
import dev.weir.core.sync.KeyedExecutorMetrics;
import dev.weir.core.sync.KeyedSemaphoreMetrics;
import dev.weir.core.sync.SemaphoreMetrics;

/** The meters of pools, executors, semaphores and adaptive limits. */
final class CoreMeters {
    private static final String TASKS = "tasks";
    private static final String THREADS = "threads";
    private static final String PERMITS = "permits";
    private static final String CALLS = "calls";
    private static final String KEYS = "keys";
    private static final String OUTCOME = "outcome";
    private static final String ENDED = "Tasks that have ended, by how";
    private static final String ASKED_FOR = "Permits that were asked for, by whether they were taken";
    private static final String WAITED = "Calls that waited, by whether they got their permits";

    static final MeterSet<PoolMetrics> POOL = new MeterSet<PoolMetrics>("weir.pool", "pool")
            .counter(".submitted", TASKS, "Tasks that were handed in", PoolMetrics::submitted)
            .counter(".tasks", TASKS, ENDED, m -> m.completed() - m.failed(), OUTCOME, "succeeded")
            .counter(".tasks", TASKS, ENDED, PoolMetrics::failed, OUTCOME, "failed")
            .counter(".tasks", TASKS, ENDED, PoolMetrics::cancelled, OUTCOME, "cancelled")
            .counter(".tasks", TASKS, ENDED, PoolMetrics::rejected, OUTCOME, "rejected")
            .counter(".tasks", TASKS, ENDED, PoolMetrics::discarded, OUTCOME, "discarded")
            .counter(".tasks", TASKS, ENDED, PoolMetrics::abandoned, OUTCOME, "abandoned")
            .gauge(".queue.size", TASKS, "Tasks that wait for a worker", PoolMetrics::queued)
            .gauge(".queue.peak", TASKS, "Tasks that waited at most", PoolMetrics::peakQueued)
            .gauge(".workers", THREADS, "Workers", PoolMetrics::workers)
            .gauge(".workers.active", THREADS, "Workers that run a task", PoolMetrics::active)
            .gauge(".submitters.blocked", THREADS, "Threads that wait for room", PoolMetrics::blockedSubmitters)
            .ratio(".utilisation", "The busy part of the lives of all workers, from 0 to 1", PoolMetrics::utilisation)
            .times(".queue.time", "How long sampled tasks waited for a worker", PoolMetrics::queueTime)
            .times(".run.time", "How long sampled tasks ran", PoolMetrics::runTime);

    static final MeterSet<KeyedExecutorMetrics> KEYED_EXECUTOR = new MeterSet<KeyedExecutorMetrics>(
                    "weir.keyed.executor", "executor")
            .counter(".submitted", TASKS, "Tasks that were handed in", KeyedExecutorMetrics::submitted)
            .counter(".tasks", TASKS, ENDED, m -> m.completed() - m.failed(), OUTCOME, "succeeded")
            .counter(".tasks", TASKS, ENDED, KeyedExecutorMetrics::failed, OUTCOME, "failed")
            .counter(".tasks", TASKS, ENDED, KeyedExecutorMetrics::cancelled, OUTCOME, "cancelled")
            .counter(".tasks", TASKS, ENDED, KeyedExecutorMetrics::rejected, OUTCOME, "rejected")
            .counter(".tasks", TASKS, ENDED, KeyedExecutorMetrics::discarded, OUTCOME, "discarded")
            .counter(".tasks", TASKS, ENDED, KeyedExecutorMetrics::abandoned, OUTCOME, "abandoned")
            .gauge(".queue.size", TASKS, "Tasks that have not begun", KeyedExecutorMetrics::waiting)
            .gauge(".running", TASKS, "Tasks that run", KeyedExecutorMetrics::running)
            .gauge(".keys", KEYS, "Keys that have a task", KeyedExecutorMetrics::keys)
            .gauge(
                    ".submitters.blocked",
                    THREADS,
                    "Threads that wait for room",
                    KeyedExecutorMetrics::blockedSubmitters);

    static final MeterSet<SemaphoreMetrics> SEMAPHORE = new MeterSet<SemaphoreMetrics>("weir.semaphore", "semaphore")
            .counter(".permits", PERMITS, ASKED_FOR, SemaphoreMetrics::acquired, OUTCOME, "acquired")
            .counter(".permits", PERMITS, ASKED_FOR, SemaphoreMetrics::rejected, OUTCOME, "rejected")
            .counter(".waits", CALLS, WAITED, SemaphoreMetrics::waits, OUTCOME, "acquired")
            .counter(".waits", CALLS, WAITED, SemaphoreMetrics::abandoned, OUTCOME, "abandoned")
            .gauge(".size", PERMITS, "Permits, held or not", SemaphoreMetrics::size)
            .gauge(".held", PERMITS, "Permits that are held", SemaphoreMetrics::held)
            .gauge(".waiters", CALLS, "Calls that wait", SemaphoreMetrics::waiters);

    static final MeterSet<KeyedSemaphoreMetrics> KEYED_SEMAPHORE = new MeterSet<KeyedSemaphoreMetrics>(
                    "weir.keyed.semaphore", "semaphore")
            .counter(".permits", PERMITS, ASKED_FOR, KeyedSemaphoreMetrics::acquired, OUTCOME, "acquired")
            .counter(".permits", PERMITS, ASKED_FOR, KeyedSemaphoreMetrics::rejected, OUTCOME, "rejected")
            .counter(".waits", CALLS, WAITED, KeyedSemaphoreMetrics::waits, OUTCOME, "acquired")
            .counter(".waits", CALLS, WAITED, KeyedSemaphoreMetrics::abandoned, OUTCOME, "abandoned")
            .gauge(".size", PERMITS, "Permits of each key", KeyedSemaphoreMetrics::size)
            .gauge(".keys", KEYS, "Keys that are held or waited for", KeyedSemaphoreMetrics::keys)
            .gauge(".waiters", CALLS, "Calls that wait", KeyedSemaphoreMetrics::waiters);

    static final MeterSet<AdaptiveLimitMetrics> ADAPTIVE_LIMIT = new MeterSet<AdaptiveLimitMetrics>(
                    "weir.adaptive.limit", "limit")
            .counter(".permits", PERMITS, ASKED_FOR, AdaptiveLimitMetrics::acquired, OUTCOME, "acquired")
            .counter(".permits", PERMITS, ASKED_FOR, AdaptiveLimitMetrics::rejected, OUTCOME, "rejected")
            .counter(".waits", CALLS, WAITED, AdaptiveLimitMetrics::waits, OUTCOME, "acquired")
            .counter(".waits", CALLS, WAITED, AdaptiveLimitMetrics::abandoned, OUTCOME, "abandoned")
            .counter(
                    ".settled",
                    PERMITS,
                    "Permits that were settled, by how the call went",
                    AdaptiveLimitMetrics::succeeded,
                    OUTCOME,
                    "succeeded")
            .counter(
                    ".settled",
                    PERMITS,
                    "Permits that were settled, by how the call went",
                    AdaptiveLimitMetrics::refused,
                    OUTCOME,
                    "refused")
            .gauge(".size", PERMITS, "The limit now", AdaptiveLimitMetrics::limit)
            .gauge(".in.flight", PERMITS, "Permits that are held", AdaptiveLimitMetrics::inFlight)
            .gauge(".waiters", CALLS, "Calls that wait", AdaptiveLimitMetrics::waiters);

    private CoreMeters() {}
}

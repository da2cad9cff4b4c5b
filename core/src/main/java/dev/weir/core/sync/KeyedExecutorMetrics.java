package dev.weir.core.sync;

/**
 * What a {@link KeyedExecutor} has done and is doing. Immutable. The counts are exact, and are read one after the other
 * while tasks come and go. Once the executor is at rest, every task that was submitted is in exactly one of
 * {@code completed}, {@code cancelled}, {@code rejected}, {@code discarded}, {@code abandoned}, {@code waiting},
 * {@code running}. A task whose submitter waits for room is in none of them, and not yet in {@code submitted}.
 *
 * @param submitted how many tasks were submitted, including the rejected ones
 * @param completed how many ran to their end, including those that failed
 * @param failed how many of those threw
 * @param cancelled how many their owner cancelled before they began
 * @param rejected how many were refused and so never ran
 * @param discarded how many gave way to a newer one and so never ran
 * @param abandoned how many were accepted and never ran, as the underlying executor was stopped or dropped them
 * @param waiting how many have been accepted and have not begun
 * @param running how many run
 * @param keys how many keys have a task that waits or runs
 * @param blockedSubmitters how many threads wait for room
 */
public record KeyedExecutorMetrics(
        long submitted,
        long completed,
        long failed,
        long cancelled,
        long rejected,
        long discarded,
        long abandoned,
        int waiting,
        int running,
        int keys,
        int blockedSubmitters) {}

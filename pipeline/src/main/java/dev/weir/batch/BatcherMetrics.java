package dev.weir.batch;

/**
 * What a {@link Batcher} has done and is doing: an immutable snapshot of one moment, but for {@code blockedCallers}.
 * Every item that was submitted is in exactly one of {@code succeeded}, {@code failed}, {@code left},
 * {@code abandoned}, {@code cut}, {@code rejected}, {@code waiting}, {@code inFlight}. An item whose caller waits for
 * room is in none of them, and not yet in {@code submitted}.
 *
 * <p>Immutable.
 *
 * @param submitted how many items were submitted, including the rejected ones
 * @param succeeded how many got a result
 * @param failed how many got a failure of the bulk call, or of their own in it
 * @param left how many were given up before they were sent: cancelled, interrupted or timed out
 * @param abandoned how many were given up after they were sent, so that what became of them in the bulk call is dropped
 * @param cut how many were ended by the close, as its time was over
 * @param rejected how many were refused, and so never sent
 * @param waiting how many wait for their bulk call
 * @param inFlight how many are in a bulk call that runs, and have not been given up
 * @param bulkCalls how many bulk calls have ended
 * @param running how many bulk calls run
 * @param blockedCallers how many callers wait for room
 */
public record BatcherMetrics(
        long submitted,
        long succeeded,
        long failed,
        long left,
        long abandoned,
        long cut,
        long rejected,
        int waiting,
        int inFlight,
        long bulkCalls,
        int running,
        int blockedCallers) {}

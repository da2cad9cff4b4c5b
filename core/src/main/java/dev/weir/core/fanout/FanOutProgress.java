package dev.weir.core.fanout;

/**
 * The progress of a call of a {@link FanOut}. Immutable.
 *
 * @param running how many items run
 * @param done how many items have ended, the failed among them
 * @param failed how many of them failed, or were cancelled because they took too long
 * @param total how many items there are, or -1 if the source does not know
 */
public record FanOutProgress(long running, long done, long failed, long total) {}

package dev.weir.core.scope;

/**
 * How far the tasks of a {@link TaskScope} are. Immutable. All numbers are of one moment.
 *
 * @param done how many tasks have ended, in whichever way: they returned, threw, or were cancelled
 * @param failed how many of these threw, other than by the interrupt of a scope that was stopped
 * @param waiting how many tasks were forked and have not begun
 * @param running how many tasks have begun and not ended
 */
public record TaskScopeMetrics(long done, long failed, int waiting, int running) {}

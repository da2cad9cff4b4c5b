package dev.weir.retry;

import dev.weir.core.internal.Checks;

/**
 * How many hedges there were, and how many of them helped. Immutable.
 *
 * @param made how many attempts were made besides the first ones
 * @param won how many of these gave the result of their call
 */
public record HedgeMetrics(long made, long won) {
    /**
     * Creates metrics.
     *
     * @param made how many attempts were made besides the first ones
     * @param won how many of these gave the result of their call
     * @throws IllegalArgumentException if a number is negative
     */
    public HedgeMetrics {
        Checks.notNegative(made, "made");
        Checks.notNegative(won, "won");
    }
}

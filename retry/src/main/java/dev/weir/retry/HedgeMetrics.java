package dev.weir.retry;

import dev.weir.core.internal.Checks;

/**
 * What a {@link Hedge} has done so far. Immutable.
 *
 * @param calls how many calls there were
 * @param made how many attempts were made besides the first ones
 * @param won how many of these gave the result of their call
 */
public record HedgeMetrics(long calls, long made, long won) {
    /**
     * Creates metrics.
     *
     * @param calls how many calls there were
     * @param made how many attempts were made besides the first ones
     * @param won how many of these gave the result of their call
     * @throws IllegalArgumentException if a number is negative
     */
    public HedgeMetrics {
        Checks.notNegative(calls, "calls");
        Checks.notNegative(made, "made");
        Checks.notNegative(won, "won");
    }
}

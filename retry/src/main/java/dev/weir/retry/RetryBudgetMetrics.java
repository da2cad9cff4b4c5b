package dev.weir.retry;

/**
 * What a {@link RetryBudget} has paid for so far, and what it has now. Immutable.
 *
 * @param available how many tokens there are now
 * @param capacity how many tokens there are at most
 * @param paid how many retries and hedges were paid for, those included that cost nothing
 * @param refused how many retries and hedges were not made because there was too little
 * @param givenBack how many of those that were paid for got their tokens back because they were not made after all
 */
public record RetryBudgetMetrics(double available, long capacity, long paid, long refused, long givenBack) {}

package dev.weir.micrometer;

import dev.weir.retry.HedgeMetrics;
import dev.weir.retry.RetryBudgetMetrics;
import dev.weir.retry.RetryMetrics;
import dev.weir.retry.StopReason;
import java.util.Locale;

/** The meters of retries, their budgets, and hedges. */
final class RetryMeters {
    private static final String CALLS = "calls";
    private static final String ATTEMPTS = "attempts";
    private static final String TOKENS = "tokens";

    static final MeterSet<RetryMetrics> RETRY = retry();

    static final MeterSet<RetryBudgetMetrics> BUDGET = new MeterSet<RetryBudgetMetrics>("weir.retry.budget", "budget")
            .counter(
                    ".requests",
                    ATTEMPTS,
                    "Attempts that a budget was asked for, by its answer",
                    RetryBudgetMetrics::paid,
                    "outcome",
                    "paid")
            .counter(
                    ".requests",
                    ATTEMPTS,
                    "Attempts that a budget was asked for, by its answer",
                    RetryBudgetMetrics::refused,
                    "outcome",
                    "refused")
            .counter(
                    ".given.back",
                    ATTEMPTS,
                    "Attempts that were paid for and not made after all",
                    RetryBudgetMetrics::givenBack)
            .gauge(".available", TOKENS, "Tokens that there are", RetryBudgetMetrics::available)
            .gauge(".capacity", TOKENS, "Tokens that there are at most", RetryBudgetMetrics::capacity);

    static final MeterSet<HedgeMetrics> HEDGE = new MeterSet<HedgeMetrics>("weir.hedge", "hedge")
            .counter(".calls", CALLS, "Calls", HedgeMetrics::calls)
            .counter(".made", ATTEMPTS, "Attempts besides the first ones", HedgeMetrics::made)
            .counter(".won", ATTEMPTS, "Attempts besides the first ones that gave the result", HedgeMetrics::won);

    private RetryMeters() {}

    private static MeterSet<RetryMetrics> retry() {
        String retries = "Attempts after the first ones, by what the one before was";
        MeterSet<RetryMetrics> set = new MeterSet<RetryMetrics>("weir.retry", "retry")
                .counter(".calls", CALLS, "Runs, and so first attempts", RetryMetrics::calls)
                .counter(".retries", ATTEMPTS, retries, RetryMetrics::retriesAfterFailure, "cause", "failure")
                .counter(".retries", ATTEMPTS, retries, RetryMetrics::retriesAfterResult, "cause", "result")
                .counter(".retries", ATTEMPTS, retries, RetryMetrics::retriesAfterTimeout, "cause", "timeout");
        for (StopReason reason : StopReason.values()) {
            if (reason != StopReason.SUCCESS) {
                set.counter(
                        ".gave.up",
                        CALLS,
                        "Runs that ended without success, by the reason",
                        m -> m.gaveUp().getOrDefault(reason, 0L),
                        "reason",
                        reason.name().toLowerCase(Locale.ROOT));
            }
        }
        return set.times(".delay", "Delays before further attempts", RetryMetrics::delayed);
    }
}

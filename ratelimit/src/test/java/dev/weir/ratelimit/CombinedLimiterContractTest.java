package dev.weir.ratelimit;

import dev.weir.ratelimit.contract.RateLimiterContract;
import dev.weir.testkit.Call;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Two limits at once keep the contract of one, whose rate both have. */
class CombinedLimiterContractTest extends RateLimiterContract {
    private final List<CombinedLimiter> made = new ArrayList<>();

    @Override
    protected RateLimiter limiter(Rate rate, Settings settings) {
        CombinedLimiter limiter = RateLimiter.allOf(bucket(rate, settings), bucket(rate, settings));
        made.add(limiter);
        return limiter;
    }

    private RateLimiter bucket(Rate rate, Settings settings) {
        return TokenBucket.builder(rate)
                .timeSource(time)
                .maxWaiters(settings.maxWaiters())
                .build();
    }

    /** Each request that waits stands in one line; between two lines it is on its way. */
    @Override
    protected void rest() {
        super.rest();
        Call.until(() -> made.stream().allMatch(CombinedLimiterContractTest::isAtRest));
        super.rest();
    }

    private static boolean isAtRest(CombinedLimiter limiter) {
        int inLine = limiter.limits().stream()
                .mapToInt(limit -> limit.metrics().waiters())
                .sum();
        return limiter.metrics().waiters() == inLine;
    }

    @Override
    protected Map<String, String> excluded() {
        Map<String, String> all = new HashMap<>();
        all.put(
                "the_listener_and_the_counters_hear_of_every_decision",
                "each limit counts what it admits, and notifies its own listener");
        for (String name : List.of(
                "permits_stay_as_far_as_a_new_burst_has_room_and_grow_at_the_new_rate",
                "a_rate_that_is_replaced_over_and_over_neither_loses_nor_doubles_permits",
                "those_who_wait_are_served_at_a_new_rate",
                "a_smaller_burst_refuses_those_who_want_more_and_serves_the_others")) {
            all.put(name, "several limits have no rate of their own; see CombinedLimiterTest for those of the limits");
        }
        return all;
    }
}

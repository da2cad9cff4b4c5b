package dev.weir.ratelimit;

import dev.weir.core.internal.wait.WaiterOrder;
import java.time.Duration;
import java.util.Map;

/**
 * The settings of limiters that may serve requests in another order than that in which they come.
 *
 * @param <B> the builder itself
 */
abstract class ClassedBuilder<B extends ClassedBuilder<B>> extends LimiterBuilder<B> {
    ClassedBuilder(Rate rate) {
        super(rate);
    }

    /**
     * Serves waiting requests by their {@linkplain RateLimiter#withPriority priority}, and by the time that they have
     * waited: a request is served before those that are a level higher and come a second later. See
     * {@link #priorities(Duration)}.
     *
     * @return this builder
     */
    public final B priorities() {
        return priorities(Duration.ofSeconds(1));
    }

    /**
     * Serves waiting requests by their {@linkplain RateLimiter#withPriority priority}, and by the time that they have
     * waited: one level of priority is worth that much waiting, so that none waits for ever. Requests of one priority
     * are served in the order in which they came; by default all are. It takes the place of
     * {@linkplain #fairShares(Map) fair shares}.
     *
     * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="priorities"}
     *
     * <p>To wait, to be served and to leave costs O(log n) then in the number of priorities that have requests waiting.
     * The maximum of waiting requests is one for all: a further request is refused, whatever its priority.
     *
     * @param ageing positive and at most a day: how long a request has to wait to be served before one that is a level
     *     higher and comes then; a second is common
     * @return this builder
     * @throws IllegalArgumentException if {@code ageing} is not positive or above a day
     */
    public final B priorities(Duration ageing) {
        this.order = WaiterOrder.priorities(ageing);
        return self();
    }

    /**
     * Shares the permits fairly among the {@linkplain RateLimiter#forTenant tenants} of waiting requests, all of the
     * same weight. See {@link #fairShares(Map)}.
     *
     * @return this builder
     */
    public final B fairShares() {
        return fairShares(Map.of());
    }

    /**
     * Shares the permits fairly among the {@linkplain RateLimiter#forTenant tenants} of waiting requests, by weight:
     * while requests of several tenants wait, each tenant's get permits in proportion to its weight, however many
     * another one has made. Of two such tenants neither gets ahead of its share by more than a request. Requests of one
     * tenant are served in the order in which they came. What a tenant does not use goes to the others, and it is not
     * made up for later; a request that gives up costs its tenant nothing. It takes the place of
     * {@linkplain #priorities(Duration) priorities}.
     *
     * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="shares"}
     *
     * <p>To wait, to be served and to leave costs O(log n) then in the number of tenants that have requests waiting;
     * the limiter remembers no others. The maximum of waiting requests is one for all.
     *
     * @param weights the weights of tenants, from 1 to 1,000; that of others is 1. Requests without a tenant are
     *     together one, named {@code ""}
     * @return this builder
     * @throws IllegalArgumentException if a weight is out of range
     */
    public final B fairShares(Map<String, Integer> weights) {
        this.order = WaiterOrder.fairShares(weights);
        return self();
    }
}

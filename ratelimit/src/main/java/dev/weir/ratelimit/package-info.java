/**
 * Limiting how often something is done. A {@link dev.weir.ratelimit.Rate} says how often, and a
 * {@link dev.weir.ratelimit.RateLimiter} keeps to it:
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="overview"}
 */
@NullMarked
package dev.weir.ratelimit;

import org.jspecify.annotations.NullMarked;

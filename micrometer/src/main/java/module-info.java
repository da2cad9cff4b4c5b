/**
 * Weir with Micrometer: meters of all parts, and contexts by context-propagation: observations, traces, and what else
 * is registered there.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer has no descriptors
module dev.weir.micrometer {
    requires transitive dev.weir.core;
    requires transitive dev.weir.ratelimit;
    requires transitive dev.weir.retry;
    requires transitive dev.weir.pipeline;
    requires transitive context.propagation;
    requires transitive micrometer.core;
    requires static transitive org.jspecify;

    exports dev.weir.micrometer;
}

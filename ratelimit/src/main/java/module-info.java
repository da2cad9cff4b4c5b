/** An exact token-bucket rate limiter. */
module dev.weir.ratelimit {
    requires transitive dev.weir.core;
    requires static transitive org.jspecify;

    exports dev.weir.ratelimit;
}

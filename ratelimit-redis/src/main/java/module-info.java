/** One rate limit over many processes, kept in Redis. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Lettuce has no module descriptor
module dev.weir.ratelimit.redis {
    requires transitive dev.weir.ratelimit;
    requires transitive lettuce.core;
    requires io.netty.common;
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;

    exports dev.weir.ratelimit.redis;
}

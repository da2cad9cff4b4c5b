/** An exact token-bucket rate limiter. */
module dev.weir.ratelimit {
    requires jdk.jfr;
    requires transitive dev.weir.core;
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;

    exports dev.weir.ratelimit;
    exports dev.weir.ratelimit.remote;
}

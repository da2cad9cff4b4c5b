/** Weir ratelimit. */
module dev.weir.ratelimit {
    requires transitive dev.weir.core;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports dev.weir.ratelimit;
}

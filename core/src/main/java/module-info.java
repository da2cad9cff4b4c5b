/**
 * The parts that every other module of Weir stands on: time that tests can drive, outcomes, deadlines, the bounded
 * worker pool, synchronizers, structured scopes, and fan-out with fan-in.
 */
@SuppressWarnings("module") // the modules that share the internal packages are built after this one
module dev.weir.core {
    requires jdk.jfr;
    requires transitive org.slf4j;
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;

    exports dev.weir.core;
    exports dev.weir.core.context;
    exports dev.weir.core.fanout;
    exports dev.weir.core.pool;
    exports dev.weir.core.scope;
    exports dev.weir.core.sync;
    exports dev.weir.core.time;
    exports dev.weir.core.internal to
            dev.weir.ratelimit,
            dev.weir.retry,
            dev.weir.pipeline,
            dev.weir.micrometer,
            dev.weir.kotlin,
            dev.weir.spring.boot.starter;
    exports dev.weir.core.internal.metrics to
            dev.weir.ratelimit,
            dev.weir.retry,
            dev.weir.pipeline;
    exports dev.weir.core.internal.ring to
            dev.weir.pipeline;
    exports dev.weir.core.internal.wait to
            dev.weir.ratelimit,
            dev.weir.retry,
            dev.weir.pipeline;
}

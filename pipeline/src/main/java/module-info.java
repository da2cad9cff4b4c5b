/** Channels between producers and consumers, pipelines of parallel stages, and single calls gathered into bulk ones. */
module dev.weir.pipeline {
    requires jdk.jfr;
    requires transitive dev.weir.core;
    requires org.slf4j;
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;

    exports dev.weir.batch;
    exports dev.weir.channel;
    exports dev.weir.pipeline;
}

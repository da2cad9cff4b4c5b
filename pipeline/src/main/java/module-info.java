/** Channels between producers and consumers, and pipelines of parallel stages. */
module dev.weir.pipeline {
    requires transitive dev.weir.core;
    requires org.slf4j;
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;

    exports dev.weir.channel;
    exports dev.weir.pipeline;
}

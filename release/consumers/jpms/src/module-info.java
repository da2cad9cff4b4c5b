/** An application in modules, linked with the JDK's own into one image. */
module weir.consumer {
    requires dev.weir.ratelimit;
    requires dev.weir.retry;
    requires dev.weir.pipeline;
}

/** Retry with backoff that keeps interrupts, failures and deadlines. */
module dev.weir.retry {
    requires transitive dev.weir.core;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports dev.weir.retry;
}

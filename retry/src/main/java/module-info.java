/**
 * Retry with backoff that keeps interrupts, failures and deadlines: {@link dev.weir.retry.Retry} runs a task again
 * according to a {@link dev.weir.retry.RetryPolicy}.
 */
module dev.weir.retry {
    requires jdk.jfr;
    requires transitive dev.weir.core;
    requires org.slf4j;
    requires static transitive java.net.http;
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;

    exports dev.weir.retry;
}

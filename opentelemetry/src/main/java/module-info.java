/** Weir's contexts with OpenTelemetry: its current context, and so the trace. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // OpenTelemetry has no descriptors
module dev.weir.opentelemetry {
    requires transitive dev.weir.core;
    requires io.opentelemetry.context;
    requires static transitive org.jspecify;

    exports dev.weir.opentelemetry;
}

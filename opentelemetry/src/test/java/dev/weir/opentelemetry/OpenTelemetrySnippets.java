package dev.weir.opentelemetry;

import dev.weir.core.context.ContextCarrier;

/** The code of this package's documentation. */
final class OpenTelemetrySnippets {
    private OpenTelemetrySnippets() {}

    static void carrier() {
        // @start region="carrier"
        ContextCarrier.setDefaults(ContextCarrier.mdc(), OpenTelemetryCarrier.instance()); // once, at the start
        // @end
    }
}

package dev.weir.core.internal;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The logging context of a thread at some time, to be set on others.
 *
 * @param entries the entries, or null if there are none
 */
public record LoggingContext(@Nullable Map<String, String> entries) {
    /**
     * Captures the context of the current thread.
     *
     * @return the context
     */
    public static LoggingContext ofThisThread() {
        Map<String, String> entries = MDC.getCopyOfContextMap();
        return new LoggingContext(entries == null || entries.isEmpty() ? null : entries);
    }

    /** Sets the context of this thread, if it is another one. */
    public void set() {
        Map<String, String> now = MDC.getCopyOfContextMap();
        if (entries == null) {
            if (now != null && !now.isEmpty()) {
                MDC.clear();
            }
        } else if (!entries.equals(now)) {
            MDC.setContextMap(entries);
        }
    }
}

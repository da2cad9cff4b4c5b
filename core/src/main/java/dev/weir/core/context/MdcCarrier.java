package dev.weir.core.context;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Carries the MDC, as a copy that nobody changes. */
final class MdcCarrier implements ContextCarrier {
    static final MdcCarrier INSTANCE = new MdcCarrier();

    private MdcCarrier() {}

    @Override
    public @Nullable Captured capture() {
        Map<String, String> submitters = MDC.getCopyOfContextMap();
        return submitters == null || submitters.isEmpty() ? null : () -> install(submitters);
    }

    private static Restore install(Map<String, String> submitters) {
        Map<String, String> before = MDC.getCopyOfContextMap();
        MDC.setContextMap(submitters);
        return before == null || before.isEmpty() ? MDC::clear : () -> MDC.setContextMap(before);
    }

    @Override
    public void clear() {
        MDC.clear();
    }

    @Override
    public String toString() {
        return "ContextCarrier.mdc()";
    }
}

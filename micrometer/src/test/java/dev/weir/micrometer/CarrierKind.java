package dev.weir.micrometer;

import dev.weir.core.context.ContextCarrier;
import dev.weir.opentelemetry.OpenTelemetryCarrier;
import io.micrometer.context.ContextRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** A kind of context with its carrier: the columns of the matrix. */
enum CarrierKind {
    MDC_ENTRIES(ContextCarrier.mdc()) {
        @Override
        <R> R with(String value, Callable<R> code) throws Exception {
            MDC.put("user", value);
            try {
                return code.call();
            } finally {
                MDC.clear();
            }
        }

        @Override
        @Nullable
        String value() {
            return MDC.get("user");
        }

        @Override
        void leave(String value) {
            MDC.put("user", value);
        }
    },

    THREAD_LOCAL(ContextCarrier.of(Local.USER)) {
        @Override
        <R> R with(String value, Callable<R> code) throws Exception {
            Local.USER.set(value);
            try {
                return code.call();
            } finally {
                Local.USER.remove();
            }
        }

        @Override
        @Nullable
        String value() {
            return Local.USER.get();
        }

        @Override
        void leave(String value) {
            Local.USER.set(value);
        }
    },

    /** A scope that is left open is a mistake that Micrometer reports itself, so none is. */
    OBSERVATION(SnapshotCarrier.of(Observed.CONTEXTS)) {
        @Override
        <R> R with(String value, Callable<R> code) throws Exception {
            Observation observation = Observation.start(value, Observed.OBSERVATIONS);
            try (Observation.Scope scope = observation.openScope()) {
                return code.call();
            } finally {
                observation.stop();
            }
        }

        @Override
        @Nullable
        String value() {
            Observation current = Observed.OBSERVATIONS.getCurrentObservation();
            return current == null ? null : current.getContext().getName();
        }

        @Override
        void leave(String value) {}
    },

    OPEN_TELEMETRY(OpenTelemetryCarrier.instance()) {
        @Override
        <R> R with(String value, Callable<R> code) throws Exception {
            try (Scope scope = Context.root().with(Telemetry.USER, value).makeCurrent()) {
                return code.call();
            }
        }

        @Override
        @Nullable
        String value() {
            return Context.current().get(Telemetry.USER);
        }

        @Override
        void leave(String value) {
            Scope open = Context.root().with(Telemetry.USER, value).makeCurrent();
        }
    },

    /** Cannot be left behind, as a binding ends with its call. */
    SCOPED_VALUE(BoundValue.USER.carrier()) {
        @Override
        <R> R with(String value, Callable<R> code) throws Exception {
            return BoundValue.USER.with(value, code);
        }

        @Override
        @Nullable
        String value() {
            return BoundValue.USER.get();
        }

        @Override
        void leave(String value) {}
    };

    /** Before the constants, which an enum cannot have them. */
    private static final class Local {
        static final ThreadLocal<@Nullable String> USER = new ThreadLocal<>();
    }

    private static final class Telemetry {
        static final ContextKey<String> USER = ContextKey.named("user");
    }

    private static final class Observed {
        static final ObservationRegistry OBSERVATIONS = ObservationRegistry.create();
        static final ContextRegistry CONTEXTS = new ContextRegistry();

        static {
            OBSERVATIONS.observationConfig().observationHandler(any -> true);
            CONTEXTS.registerThreadLocalAccessor(new ObservationThreadLocalAccessor(OBSERVATIONS));
        }
    }

    final ContextCarrier carrier;

    CarrierKind(ContextCarrier carrier) {
        this.carrier = carrier;
    }

    /** Calls code in a thread that has this value meanwhile. */
    abstract <R> R with(String value, Callable<R> code) throws Exception;

    /** What the current thread has; null for nothing. */
    abstract @Nullable String value();

    /** Leaves a value behind in the current thread, as careless work does. */
    abstract void leave(String value);

    <R> R withOrWithout(@Nullable String value, Callable<R> code) throws Exception {
        return value == null ? code.call() : with(value, code);
    }
}

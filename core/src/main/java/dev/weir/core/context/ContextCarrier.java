package dev.weir.core.context;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Takes a part of the submitter's context, for instance a trace, to the worker that runs the task, and puts the worker's
 * own back afterwards. Called concurrently; {@link #capture()} in the submitter's thread, the rest in the worker's.
 */
@FunctionalInterface
public interface ContextCarrier {
    /**
     * Takes the context of the current thread. What this throws, the submitter gets.
     *
     * @return the context, or null if there is nothing to carry, which costs the least
     */
    @Nullable
    Captured capture();

    /** A context that was taken. */
    @FunctionalInterface
    interface Captured {
        /**
         * Puts the context into the current thread. What this throws, fails the task.
         *
         * @return what to do when the task is done
         */
        Restore install();
    }

    /** Undoes {@link Captured#install()}. */
    @FunctionalInterface
    interface Restore {
        /** Puts back what was there before. What this throws is logged at ERROR. */
        void restore();
    }

    /**
     * Carries the diagnostic context of SLF4J, if there is any.
     *
     * @return the carrier that each pool has by default
     */
    static ContextCarrier mdc() {
        return () -> {
            Map<String, String> submitters = MDC.getCopyOfContextMap();
            if (submitters == null || submitters.isEmpty()) {
                return null;
            }
            return () -> {
                Map<String, String> workers = MDC.getCopyOfContextMap();
                MDC.setContextMap(submitters);
                return () -> {
                    if (workers == null) {
                        MDC.clear();
                    } else {
                        MDC.setContextMap(workers);
                    }
                };
            };
        };
    }

    /**
     * Carries the value of a thread-local variable, if there is one.
     *
     * @param local the variable
     * @param <T> its type
     * @return the carrier
     */
    static <T> ContextCarrier of(ThreadLocal<T> local) {
        Objects.requireNonNull(local, "local");
        return () -> {
            T submitters = local.get();
            if (submitters == null) {
                return null;
            }
            return () -> {
                T workers = local.get();
                local.set(submitters);
                return () -> {
                    if (workers == null) {
                        local.remove();
                    } else {
                        local.set(workers);
                    }
                };
            };
        };
    }
}

package dev.weir.core.context;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes a part of the submitter's context, for instance a trace, to the thread that runs a task, and puts that thread's
 * own back afterwards. A part of Weir that moves work to another thread or time calls {@link #capture()} where the work
 * is handed in, and {@link Captured#install()} and {@link Restore#restore()} around exactly that work. Where nothing
 * was captured, it calls {@link #clear()} instead, before and after the work, so that no task sees what another one
 * left.
 *
 * <p><b>Thread-safety.</b> A carrier is thread-safe: its methods are called concurrently, {@link #capture()} in the
 * submitter's thread, the rest in the thread that runs the task. Nothing blocks, and an implementation must not.
 * <b>Memory effects.</b> {@code capture} happens-before {@code install}, and that before the work and {@code restore}.
 */
@FunctionalInterface
public interface ContextCarrier {
    /**
     * Captures the context of the current thread. What this throws, the submitter gets.
     *
     * @return the context, or null if there is nothing to carry, which costs the least
     */
    @Nullable
    Captured capture();

    /**
     * Removes from the current thread what this carrier carries: what an earlier task has left there must not be seen
     * by a task whose submitter had nothing to carry. Does nothing unless a carrier overrides it.
     */
    default void clear() {}

    /**
     * A context that was captured.
     *
     * <p><b>Thread-safety.</b> Immutable, and installed by any number of threads. Nothing blocks.
     */
    @FunctionalInterface
    interface Captured {
        /**
         * Puts the context into the current thread. What this throws fails the task.
         *
         * @return what to do when the task is done
         */
        Restore install();
    }

    /**
     * Undoes {@link Captured#install()}.
     *
     * <p><b>Thread-safety.</b> Called once, by the thread that installed: for one thread at a time. Nothing blocks.
     */
    @FunctionalInterface
    interface Restore {
        /** Puts back what was there before. What this throws is logged at ERROR. */
        void restore();
    }

    /**
     * Carries the diagnostic context of SLF4J, the MDC.
     *
     * @return the carrier that every part of Weir has by default
     */
    static ContextCarrier mdc() {
        return MdcCarrier.INSTANCE;
    }

    /**
     * Carries the value of a thread-local variable.
     *
     * @param local the variable
     * @param <T> its type
     * @return the carrier
     */
    static <T> ContextCarrier of(ThreadLocal<T> local) {
        Objects.requireNonNull(local, "local");
        return new ContextCarrier() {
            @Override
            public @Nullable Captured capture() {
                T submitters = local.get();
                return submitters == null ? null : () -> install(submitters);
            }

            private Restore install(T submitters) {
                T before = local.get();
                local.set(submitters);
                return before == null ? local::remove : () -> local.set(before);
            }

            @Override
            public void clear() {
                local.remove();
            }

            @Override
            public String toString() {
                return "ContextCarrier.of(" + local + ")";
            }
        };
    }
}

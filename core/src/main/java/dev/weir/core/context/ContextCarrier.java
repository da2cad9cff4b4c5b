package dev.weir.core.context;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes a part of the submitter's context, for instance a trace, to the thread that runs a task, and puts that thread's
 * own back afterwards. A part of Weir that moves work to another thread or time calls {@link #capture()} where the work
 * is handed in, and {@link Captured#install()} and {@link Restore#restore()} around exactly that work. Where nothing
 * was captured, it calls {@link #hide()} in place of {@code install}, so that the work does not see what its thread has
 * of its own. Where that thread has nothing either, it calls nothing before the work, and {@link #clear()} after it if
 * the work has left something.
 *
 * <p>A part carries what its builder's {@code context(…)} says, in place of the {@linkplain #setDefaults defaults} of
 * the process. Several carriers install in the order in which they were given, and put back in the opposite one.
 *
 * <p>Where a part carries to the dependents of a {@link java.util.concurrent.CompletableFuture}, it carries to those
 * that the completing thread runs. That class lets a thread that waits in {@code get} or {@code join} of the future run
 * dependents too, and one that adds a dependent to a complete future: each has its own context then.
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
     * Removes from the current thread what this carrier carries: what a task has left there must not be seen by the
     * next one. Does nothing unless a carrier overrides it. What this throws is logged at ERROR.
     */
    default void clear() {}

    /**
     * Removes from the current thread what this carrier carries, for a task whose submitter had nothing to carry. By
     * default, captures that, {@linkplain #clear clears} it, and puts it back by installing it. A carrier overrides
     * this if its context is one of scopes that have to be closed. What this throws fails the task.
     *
     * @return what to do when the task is done
     */
    default Restore hide() {
        Captured before = capture();
        clear();
        return before == null ? this::clear : before::install;
    }

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
     * A context that cannot be put into a thread, but surrounds a call: the bindings of scoped values, for instance.
     * The parts of Weir call {@link #around} with the work, after all other carriers have installed.
     *
     * {@snippet file="dev/weir/core/context/ContextSnippets.java" region="surrounding"}
     *
     * <p><b>Thread-safety.</b> Immutable, and used by any number of threads. Nothing blocks but the work.
     */
    @FunctionalInterface
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // a lambda that is one is meant to be around the work
    interface Surrounding extends Captured {
        /**
         * Runs the work in this context, once, in the calling thread. What this throws before the work fails the task,
         * and what it throws after it is logged at ERROR.
         *
         * @param work the work, which throws nothing
         */
        void around(Runnable work);

        /** Does nothing, as there is nothing to put into the thread. */
        @Override
        default Restore install() {
            return () -> {};
        }
    }

    /**
     * Sets what parts of Weir carry that were given no carriers of their own: in this process, from now on. A part asks
     * for the defaults each time when work is handed in, so it does not matter whether it was built before or after
     * this; work that was handed in before keeps what it has. Meant to be called once, when the application starts.
     *
     * {@snippet file="dev/weir/core/context/ContextSnippets.java" region="defaults"}
     *
     * @param carriers what carries, in the order in which they install, in place of those before; none carries nothing
     */
    static void setDefaults(ContextCarrier... carriers) {
        Objects.requireNonNull(carriers, "carriers");
        for (ContextCarrier carrier : carriers) {
            Objects.requireNonNull(carrier, "carrier");
        }
        DefaultCarriers.carriers = List.of(carriers);
    }

    /**
     * What parts of Weir carry that were given no carriers of their own.
     *
     * @return the carriers, {@link #mdc()} alone unless {@link #setDefaults} was called; unmodifiable
     */
    static List<ContextCarrier> defaults() {
        return DefaultCarriers.carriers;
    }

    /**
     * Carries the diagnostic context of SLF4J, the MDC.
     *
     * @return the carrier that parts of Weir have unless others are given or {@linkplain #setDefaults set}
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

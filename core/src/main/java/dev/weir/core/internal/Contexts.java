package dev.weir.core.internal;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.context.ContextCarrier.Captured;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The context carriers of one part of Weir: captures the context where work is handed in, and installs it around
 * exactly that work. Thread-safe; where nothing is carried, neither to capture nor to install allocates anything.
 */
public final class Contexts {
    private static final Logger LOG = LoggerFactory.getLogger(ContextCarrier.class);

    /** Stands for the defaults of the process as they are when work is handed in; its own list is not used. */
    private static final Contexts DEFAULTS = new Contexts(List.of());

    /** The defaults of the process as they were seen last. Volatile: published with its list; a race makes two. */
    private static volatile Contexts seenDefaults = new Contexts(ContextCarrier.defaults());

    private final List<ContextCarrier> carriers;
    private final Snapshot nothing = new Snapshot(null);
    private final Installed nothingInstalled = new Installed(this, null, 0);

    private Contexts(List<ContextCarrier> carriers) {
        this.carriers = carriers;
    }

    /**
     * Carries what the carriers carry.
     *
     * @param carriers the carriers, in the order in which they install
     * @return the contexts
     */
    public static Contexts of(List<ContextCarrier> carriers) {
        return new Contexts(List.copyOf(carriers));
    }

    /**
     * Carries what every part carries by default: what {@link ContextCarrier#defaults()} are at each capture.
     *
     * @return the contexts
     */
    public static Contexts byDefault() {
        return DEFAULTS;
    }

    /**
     * Carries what these carry, and more.
     *
     * @param more carriers that install after these
     * @return the contexts
     */
    public Contexts and(ContextCarrier... more) {
        Objects.requireNonNull(more, "carriers");
        List<ContextCarrier> all = new ArrayList<>(actual().carriers);
        for (ContextCarrier carrier : more) {
            all.add(Objects.requireNonNull(carrier, "carrier"));
        }
        return of(all);
    }

    private Contexts actual() {
        if (this != DEFAULTS) {
            return this;
        }
        List<ContextCarrier> now = ContextCarrier.defaults();
        Contexts seen = seenDefaults;
        if (seen.carriers != now) {
            seen = new Contexts(now);
            seenDefaults = seen;
        }
        return seen;
    }

    /**
     * What carries now, to be given to another part.
     *
     * @return a new array
     */
    public ContextCarrier[] carriers() {
        return actual().carriers.toArray(ContextCarrier[]::new);
    }

    /**
     * Captures the context of the current thread. Throws what a carrier throws.
     *
     * @return the context; a shared instance if there is nothing to carry
     */
    public Snapshot capture() {
        return actual().captureHere();
    }

    private Snapshot captureHere() {
        @Nullable Captured @Nullable [] captured = null;
        for (int i = 0; i < carriers.size(); i++) {
            Captured one = carriers.get(i).capture();
            if (one != null) {
                if (captured == null) {
                    captured = new @Nullable Captured[carriers.size()];
                }
                captured[i] = one;
            }
        }
        return captured == null ? nothing : new Snapshot(captured);
    }

    /**
     * Removes from the current thread, which had nothing before, what a task has left there. Throws nothing. To see
     * that there is nothing is cheaper than to remove it.
     */
    public void leaveNothing() {
        Contexts actual = actual();
        try {
            if (actual.captureHere().isEmpty()) {
                return;
            }
        } catch (Throwable broken) {
            // a carrier that fails to capture may have something to clear
        }
        for (int i = 0; i < actual.carriers.size(); i++) {
            clear(actual.carriers.get(i));
        }
    }

    private static void clear(ContextCarrier carrier) {
        try {
            carrier.clear();
        } catch (Throwable failure) {
            Callbacks.error(LOG, "a context carrier failed to clear a thread", failure);
        }
    }

    /**
     * Work that runs in a context.
     *
     * @param <T> the type of its result
     * @param <X> the type of its checked exception
     */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object, X extends Throwable> {
        /**
         * Does it.
         *
         * @return its result
         * @throws X if it fails
         * @throws InterruptedException if it is interrupted
         */
        T get() throws X, InterruptedException;
    }

    /**
     * Work without a result that runs in a context.
     *
     * @param <X> the type of its checked exception
     */
    @FunctionalInterface
    public interface Action<X extends Throwable> {
        /**
         * Does it.
         *
         * @throws X if it fails
         * @throws InterruptedException if it is interrupted
         */
        void run() throws X, InterruptedException;
    }

    /** A context that was captured in one thread, for work that runs in another one or later. */
    public final class Snapshot {
        private final @Nullable Captured @Nullable [] captured;
        private final boolean surrounds;

        private Snapshot(@Nullable Captured @Nullable [] captured) {
            this.captured = captured;
            boolean any = false;
            for (int i = 0; captured != null && i < captured.length; i++) {
                any |= captured[i] instanceof ContextCarrier.Surrounding;
            }
            this.surrounds = any;
        }

        /**
         * Whether there was nothing to carry.
         *
         * @return true for the shared instance
         */
        public boolean isEmpty() {
            return captured == null;
        }

        /**
         * Whether there is something that cannot be installed, so that the work has to be called by {@link #surround}.
         *
         * @return false if {@link #surround} does nothing but call the work
         */
        public boolean surrounds() {
            return surrounds;
        }

        /**
         * Puts the context into the current thread: what was captured is installed, the rest is cleared. Throws what a
         * carrier throws, after the thread has got back what it had.
         *
         * @return what the thread had before; {@link Installed#restore()} puts it back
         */
        public Installed install() {
            if (captured == null && captureHere().isEmpty()) {
                return nothingInstalled;
            }
            Installed installed = new Installed(Contexts.this, captured, carriers.size());
            try {
                for (int i = 0; i < carriers.size(); i++) {
                    installed.add(i, captured == null ? null : captured[i]);
                }
                return installed;
            } catch (Throwable failure) {
                installed.restore();
                throw failure;
            }
        }

        /**
         * Calls work with what was captured around it that cannot be installed, and only that: for a thread in which
         * the context {@linkplain #install() is installed}.
         *
         * @param work the work
         * @param <T> the type of its result
         * @param <X> the type of its checked exception
         * @return what it returned
         * @throws X what it threw
         * @throws InterruptedException if the work threw it
         */
        @SuppressWarnings("NullAway") // without anything around, the captured is not looked at
        public <T extends @Nullable Object, X extends Throwable> T surround(Work<? extends T, X> work)
                throws X, InterruptedException {
            return surrounds ? new SurroundedCall<T, X>(captured, work).call() : work.get();
        }

        /**
         * Does as {@link #surround} for work without a result.
         *
         * @param work the work
         * @param <X> the type of its checked exception
         * @throws X what it threw
         * @throws InterruptedException if the work threw it
         */
        public <X extends Throwable> void surroundRun(Action<X> work) throws X, InterruptedException {
            if (!surrounds) {
                work.run();
                return;
            }
            this.<@Nullable Void, X>surround(() -> {
                work.run();
                return null;
            });
        }

        /**
         * Calls work with the context installed and around it, and puts back what the thread had. Throws what a carrier
         * throws, too, if the work has not begun.
         *
         * @param work the work
         * @param <T> the type of its result
         * @param <X> the type of its checked exception
         * @return what it returned
         * @throws X what it threw
         * @throws InterruptedException if the work threw it
         */
        public <T extends @Nullable Object, X extends Throwable> T call(Work<? extends T, X> work)
                throws X, InterruptedException {
            Installed installed = install();
            try {
                return this.<T, X>surround(work);
            } finally {
                installed.restore();
            }
        }

        /**
         * Runs work with this context that has to be done in any case: if a carrier fails, that is logged at ERROR, and
         * the work runs without what it carries. Throws what the work throws.
         *
         * @param work the work
         */
        public void runSurely(Runnable work) {
            Installed installed = null;
            try {
                installed = install();
            } catch (Throwable broken) {
                Callbacks.error(LOG, "a context could not be installed", broken);
            }
            try {
                if (captured != null && surrounds) {
                    surroundSurely(captured, work);
                } else {
                    work.run();
                }
            } finally {
                if (installed != null) {
                    installed.restore();
                }
            }
        }
    }

    private static void surroundSurely(@Nullable Captured[] captured, Runnable work) {
        SurroundedCall<Boolean, RuntimeException> call = new SurroundedCall<>(captured, () -> {
            work.run();
            return true;
        });
        try {
            boolean unused = call.call();
        } catch (Throwable broken) {
            if (call.hasBegun()) {
                throw broken; // by the work
            }
            Callbacks.error(LOG, "a context could not be put around its work", broken);
            work.run();
        }
    }

    /** A context that is installed in a thread. */
    public static final class Installed {
        private final Contexts contexts;
        private final @Nullable Captured @Nullable [] captured;
        private final ContextCarrier.@Nullable Restore[] restores;
        private int count;

        /** With no restores, for a thread that had nothing and is given nothing; that one is shared. */
        private Installed(Contexts contexts, @Nullable Captured @Nullable [] captured, int restores) {
            this.contexts = contexts;
            this.captured = captured;
            this.restores = new ContextCarrier.@Nullable Restore[restores];
        }

        private void add(int i, @Nullable Captured captured) {
            restores[i] = captured != null
                    ? captured.install()
                    : contexts.carriers.get(i).hide();
            count = i + 1;
        }

        /**
         * Installs the context anew, between two pieces of work that are to have the same one: nothing that the first
         * has left is seen by the second. Throws what a carrier throws.
         */
        public void renew() {
            if (restores.length == 0) {
                contexts.leaveNothing();
                return;
            }
            if (captured == null) {
                for (int i = 0; i < count; i++) {
                    clear(contexts.carriers.get(i)); // what the thread had before stays in the restores
                }
                return;
            }
            restore();
            for (int i = 0; i < captured.length; i++) {
                add(i, captured[i]);
            }
        }

        /** Puts back what the thread had, in the opposite order. Throws nothing: a carrier that fails is logged. */
        public void restore() {
            if (restores.length == 0) {
                contexts.leaveNothing();
                return;
            }
            while (count > 0) {
                restore(restores[--count]);
            }
        }

        private static void restore(ContextCarrier.@Nullable Restore restore) {
            try {
                Objects.requireNonNull(restore, "a carrier's restore").restore();
            } catch (Throwable failure) {
                Callbacks.error(LOG, "a context carrier failed to put back a thread's context", failure);
            }
        }
    }
}

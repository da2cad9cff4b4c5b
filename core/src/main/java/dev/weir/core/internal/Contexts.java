package dev.weir.core.internal;

import dev.weir.core.context.ContextCarrier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The context carriers of one part of Weir: captures the context where work is handed in, and installs it around
 * exactly that work. Immutable and thread-safe; capturing nothing allocates nothing.
 */
public final class Contexts {
    private static final Logger LOG = LoggerFactory.getLogger(ContextCarrier.class);

    private static final Contexts DEFAULT = new Contexts(List.of(ContextCarrier.mdc()));

    private final List<ContextCarrier> carriers;
    private final Snapshot nothing = new Snapshot(null);

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
     * Carries what every part carries by default: the MDC.
     *
     * @return the contexts
     */
    public static Contexts byDefault() {
        return DEFAULT;
    }

    /**
     * Carries what these carry, and more.
     *
     * @param more carriers that install after these
     * @return the contexts
     */
    public Contexts and(ContextCarrier... more) {
        Objects.requireNonNull(more, "carriers");
        List<ContextCarrier> all = new ArrayList<>(carriers);
        for (ContextCarrier carrier : more) {
            all.add(Objects.requireNonNull(carrier, "carrier"));
        }
        return of(all);
    }

    /**
     * Captures the context of the current thread. Throws what a carrier throws.
     *
     * @return the context; a shared instance if there is nothing to carry
     */
    public Snapshot capture() {
        ContextCarrier.@Nullable Captured @Nullable [] captured = null;
        for (int i = 0; i < carriers.size(); i++) {
            ContextCarrier.Captured one = carriers.get(i).capture();
            if (one != null) {
                if (captured == null) {
                    captured = new ContextCarrier.@Nullable Captured[carriers.size()];
                }
                captured[i] = one;
            }
        }
        return captured == null ? nothing : new Snapshot(captured);
    }

    /** Removes from the current thread what an earlier task may have left there. Throws nothing. */
    public void clear() {
        for (int i = 0; i < carriers.size(); i++) {
            clear(carriers.get(i));
        }
    }

    private static void clear(ContextCarrier carrier) {
        try {
            carrier.clear();
        } catch (Throwable failure) {
            Callbacks.error(LOG, "a context carrier failed to clear a thread", failure);
        }
    }

    /** A context that was captured in one thread, for work that runs in another one or later. */
    public final class Snapshot {
        private final ContextCarrier.@Nullable Captured @Nullable [] captured;

        private Snapshot(ContextCarrier.@Nullable Captured @Nullable [] captured) {
            this.captured = captured;
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
         * Puts the context into the current thread: what was captured is installed, the rest is cleared. Throws what a
         * carrier throws, after the thread has got back what it had.
         *
         * @return what the thread had before; {@link Installed#restore()} puts it back
         */
        public Installed install() {
            Installed installed = new Installed(carriers, captured);
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
    }

    /** A context that is installed in a thread. */
    public static final class Installed {
        private final List<ContextCarrier> carriers;
        private final ContextCarrier.@Nullable Captured @Nullable [] captured;
        private final ContextCarrier.@Nullable Restore[] restores;
        private int count;

        private Installed(List<ContextCarrier> carriers, ContextCarrier.@Nullable Captured @Nullable [] captured) {
            this.carriers = carriers;
            this.captured = captured;
            this.restores = new ContextCarrier.@Nullable Restore[carriers.size()];
        }

        private void add(int i, ContextCarrier.@Nullable Captured captured) {
            if (captured != null) {
                restores[i] = captured.install();
            } else {
                ContextCarrier carrier = carriers.get(i);
                ContextCarrier.Captured before = carrier.capture();
                Contexts.clear(carrier);
                restores[i] = before == null ? null : before::install;
            }
            count = i + 1;
        }

        /**
         * Installs the context anew, between two pieces of work that are to have the same one: nothing that the first
         * has left is seen by the second. Throws what a carrier throws.
         */
        public void renew() {
            if (captured == null) {
                for (int i = 0; i < count; i++) {
                    Contexts.clear(carriers.get(i)); // what the thread had before stays in the restores
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
            while (count > 0) {
                ContextCarrier.Restore restore = restores[--count];
                if (restore == null) {
                    Contexts.clear(carriers.get(count));
                } else {
                    restore(restore);
                }
            }
        }

        private static void restore(ContextCarrier.Restore restore) {
            try {
                restore.restore();
            } catch (Throwable failure) {
                Callbacks.error(LOG, "a context carrier failed to put back a thread's context", failure);
            }
        }
    }
}

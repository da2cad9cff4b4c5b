package dev.weir.core.scope;

import org.jspecify.annotations.Nullable;

/**
 * Which scope the code of the current thread is in: the innermost one that the thread has opened and not closed, or
 * whose task it runs. Its {@linkplain ScopeRun#outer outer} scopes are those that it is nested in.
 */
final class ScopeContext {
    private static final ThreadLocal<@Nullable ScopeRun> INNERMOST = new ThreadLocal<>();

    private ScopeContext() {}

    static @Nullable ScopeRun innermost() {
        return INNERMOST.get();
    }

    static void set(@Nullable ScopeRun scope) {
        if (scope == null) {
            INNERMOST.remove(); // a pooled thread is to keep nothing
        } else {
            INNERMOST.set(scope);
        }
    }

    /** Whether the current thread's code is in the scope or in one that is nested in it. */
    static boolean isIn(ScopeRun scope) {
        for (ScopeRun at = INNERMOST.get(); at != null; at = at.outer) {
            if (at == scope) {
                return true;
            }
        }
        return false;
    }

    /**
     * How many of the tasks that the current thread is in, one within the other, were told to stop. If there are more of
     * them after another task was run within them, that one may have used up the interrupt that told them.
     */
    static int told() {
        int told = 0;
        for (ScopeRun at = INNERMOST.get(); at != null; at = at.outer) {
            told += at.tasks.told(false);
        }
        return told;
    }

    /** Interrupts the current thread again for the sake of those. */
    static void tellAgain() {
        for (ScopeRun at = INNERMOST.get(); at != null; at = at.outer) {
            at.tasks.told(true);
        }
    }

    /**
     * Closes the scopes that were opened in another one and forgotten, innermost first, so that this one is innermost
     * again.
     *
     * @return what is wrong, or null if none was open
     */
    static @Nullable IllegalStateException closeForgotten(@Nullable ScopeRun within) {
        IllegalStateException wrong = null;
        for (ScopeRun at = INNERMOST.get(); at != null && at != within; at = INNERMOST.get()) {
            IllegalStateException forgotten =
                    new IllegalStateException(at.name() + " was not closed before the end of what encloses it");
            IllegalStateException more = at.close();
            if (more != null) {
                forgotten.addSuppressed(more);
            }
            if (wrong == null) {
                wrong = forgotten;
            } else {
                wrong.addSuppressed(forgotten);
            }
        }
        return wrong;
    }
}

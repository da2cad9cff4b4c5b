package dev.weir.core.fanout;

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
     * The thread is about to run a task, or has run it. If it runs it within another one, and that was stopped
     * meanwhile, then the interrupt may have been used up by the inner one: so it comes again.
     */
    static void nest(boolean ended) {
        for (ScopeRun at = INNERMOST.get(); at != null; at = at.outer) {
            at.tasks.nest(ended);
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

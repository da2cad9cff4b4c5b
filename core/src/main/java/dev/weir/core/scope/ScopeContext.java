package dev.weir.core.scope;

import dev.weir.core.internal.OpenScopes;
import dev.weir.core.internal.Suppressed;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which scope the code of the current thread is in: {@link OpenScopes}, as scopes. The {@linkplain ScopeRun#outer
 * outer} scopes of the innermost one are those that it is nested in.
 */
final class ScopeContext {
    private static final Logger LOG = LoggerFactory.getLogger(TaskScope.class);

    private ScopeContext() {}

    static @Nullable ScopeRun innermost() {
        return (ScopeRun) OpenScopes.innermost();
    }

    static void set(@Nullable ScopeRun scope) {
        OpenScopes.set(scope);
    }

    /** Whether the current thread's code is in the scope or in one that is nested in it. */
    static boolean isIn(ScopeRun scope) {
        for (ScopeRun at = innermost(); at != null; at = at.outer) {
            if (at == scope) {
                return true;
            }
        }
        return false;
    }

    /**
     * Closes the scopes that were opened in another one and forgotten, innermost first, so that this one is innermost
     * again.
     *
     * @return what is wrong, or null if none was open
     */
    static @Nullable IllegalStateException closeForgotten(@Nullable ScopeRun within) {
        IllegalStateException wrong = null;
        for (ScopeRun at = innermost(); at != null && at != within; at = innermost()) {
            IllegalStateException forgotten =
                    new IllegalStateException(at.name() + " was not closed before the end of what encloses it");
            IllegalStateException more = at.close();
            if (more != null) {
                Suppressed.attachOrLog(forgotten, more, at.name(), LOG);
            }
            if (wrong == null) {
                wrong = forgotten;
            } else {
                Suppressed.attachOrLog(wrong, forgotten, at.name(), LOG);
            }
        }
        return wrong;
    }
}

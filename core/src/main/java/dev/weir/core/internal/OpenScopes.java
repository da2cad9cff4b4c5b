package dev.weir.core.internal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which structured scope the code of the current thread is in: the innermost one that the thread has opened and not
 * closed, or whose task it runs. Whatever runs tasks in a thread that is used again calls {@link #endTask} after each,
 * so that a scope which a task forgot to close is not open in the next one.
 */
public final class OpenScopes {
    private static final Logger LOG = LoggerFactory.getLogger(OpenScopes.class);

    private static final ThreadLocal<@Nullable Scope> INNERMOST = new ThreadLocal<>();

    private OpenScopes() {}

    /** A scope that is open in a thread. */
    public interface Scope {
        /**
         * Closes this scope, which is the innermost: cancels and joins its tasks, and makes the scope around it the
         * innermost.
         *
         * @return what is wrong with it, or null
         */
        @Nullable
        Throwable closeForgotten();
    }

    /**
     * The innermost scope of the current thread.
     *
     * @return the scope, or null if there is none
     */
    public static @Nullable Scope innermost() {
        return INNERMOST.get();
    }

    /**
     * Makes a scope the innermost one of the current thread.
     *
     * @param scope the scope, or null for none
     */
    public static void set(@Nullable Scope scope) {
        if (scope == null) {
            INNERMOST.remove(); // a thread that is used again keeps nothing
        } else {
            INNERMOST.set(scope);
        }
    }

    /**
     * Closes the scopes that a task has opened and forgotten, innermost first, and logs each at ERROR. A look at a
     * thread-local variable if there are none. Throws nothing.
     *
     * @param before what was the innermost scope before the task, or null
     */
    public static void endTask(@Nullable Scope before) {
        for (Scope at = INNERMOST.get(); at != null && at != before; at = INNERMOST.get()) {
            Throwable wrong = null;
            try {
                wrong = at.closeForgotten();
            } catch (Throwable failure) {
                wrong = failure;
            }
            if (INNERMOST.get() == at) {
                set(before); // it could not be closed, but must not be seen by the next task
            }
            Callbacks.error(LOG, "{} was not closed by the task that opened it", Callbacks.describe(at), wrong);
        }
    }
}

package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The context of the caller of an asynchronous run. It is installed around everything that the run does in other
 * threads, so that attempts, functions and listeners never see the context of the thread that happens to continue it.
 */
final class RunContext {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    private final Contexts.Snapshot callers = Contexts.byDefault().capture();

    /** The calling thread during the call. Plain: a thread that finds itself here has written it itself. */
    private @Nullable Thread caller = Thread.currentThread();

    /** The call returns: from here on the caller is a thread like others. */
    void returned() {
        caller = null;
    }

    /** Runs a step of the run, which throws nothing, with the caller's context. */
    void run(Runnable step) {
        if (Thread.currentThread() == caller) {
            step.run();
            return;
        }
        Contexts.Installed installed;
        try {
            installed = callers.install();
        } catch (Throwable broken) { // of a carrier; the run must go on
            Callbacks.error(LOG, "the context of a run could not be installed", broken);
            step.run();
            return;
        }
        try {
            step.run();
        } finally {
            installed.restore();
        }
    }
}

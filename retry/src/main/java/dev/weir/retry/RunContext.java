package dev.weir.retry;

import dev.weir.core.internal.Contexts;
import org.jspecify.annotations.Nullable;

/**
 * The context of the caller of an asynchronous run. It is installed around everything that the run does in other
 * threads, so that attempts, functions and listeners never see the context of the thread that happens to continue it.
 */
final class RunContext {
    private final Contexts.Snapshot callers;

    /** The calling thread during the call. Plain: a thread that finds itself here has written it itself. */
    private @Nullable Thread caller = Thread.currentThread();

    RunContext(Contexts contexts) {
        callers = contexts.capture();
    }

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
        callers.runSurely(step);
    }
}

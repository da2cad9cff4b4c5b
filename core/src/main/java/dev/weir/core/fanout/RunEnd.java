package dev.weir.core.fanout;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.PromptLock;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Why a call was stopped, what failed besides, and what its caller gets for that. The first reason stays. */
final class RunEnd {
    private final String name;

    /** Guards what follows; never held while foreign code runs. */
    private final PromptLock lock = new PromptLock();

    private final Suppressed others = new Suppressed();
    private @Nullable Stop stop;

    /** Whether the caller was interrupted, or for a stream the thread that pulls from it. */
    private volatile boolean interrupted;

    RunEnd(String name) {
        this.name = name;
    }

    /** Notes the reason; false if there was one already. */
    boolean stop(Stop why) {
        lock.lock();
        try {
            if (stop != null) {
                return false;
            }
            stop = why;
            return true;
        } finally {
            lock.unlock();
        }
    }

    void callerInterrupted() {
        interrupted = true;
    }

    /** Why the call was stopped, or null if it was not. */
    @Nullable
    Stop why() {
        lock.lock();
        try {
            return stop;
        } finally {
            lock.unlock();
        }
    }

    /** Something failed in a call that was stopped already: keeps it, unless it is an effect of that. */
    void alsoFailed(Throwable cause) {
        boolean needless;
        lock.lock();
        try {
            needless = stop != null && (stop.kind() == Stop.Kind.SATISFIED || stop.kind() == Stop.Kind.UNREACHABLE);
            if (stop != null && cause != stop.cause() && !Interrupts.isEffectOf(true, cause)) {
                others.add(cause);
            }
        } finally {
            lock.unlock();
        }
        if (needless && cause instanceof Error) {
            Callbacks.error(
                    FanOutRun.LOG,
                    "a task of {} failed that was cancelled because its result was not needed",
                    name,
                    cause);
        }
    }

    /** Keeps failures that did not stop the call beside the one that did. */
    void alsoFailed(Suppressed failures) {
        lock.lock();
        try {
            others.addAll(failures);
        } finally {
            lock.unlock();
        }
    }

    // ---- for the caller, when nobody works any more

    /** What is to be thrown, if something ended the call that the caller did not want. */
    @Nullable
    Throwable failure(boolean mayTimeOut) {
        Stop why = why();
        if (why == null) {
            return null;
        }
        if (interrupted) {
            InterruptedException interrupt = new InterruptedException();
            if (why.kind() == Stop.Kind.FAILED && !(why.cause() instanceof InterruptedException)) {
                Suppressed.attachOrLog(interrupt, why.cause(), name, FanOutRun.LOG);
            }
            return others.attachTo(interrupt, name, FanOutRun.LOG);
        }
        return switch (why.kind()) {
            case SATISFIED, UNREACHABLE, INTERRUPTED -> null;
            case TIMED_OUT -> mayTimeOut ? null : withOthers(Stop.cancellation(why.cause()));
            case FAILED -> withOthers(why.cause());
        };
    }

    /** The same for a stream that was stopped, which throws nothing checked. */
    RuntimeException failureOfStream() {
        Throwable failure = failure(false);
        if (failure == null) {
            return new CancellationException("the stream was closed");
        }
        if (failure instanceof InterruptedException) {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            CancellationException cancellation = new CancellationException("interrupted");
            cancellation.initCause(failure);
            return cancellation;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException unchecked
                ? unchecked
                : new CompletionException(failure); // of a source or a task that hides it from the compiler
    }

    /** Attaches where the call was made, and the other failures. */
    Throwable withOthers(Throwable cause) {
        Suppressed.attachCaller(cause, name);
        return others.attachTo(cause, name, FanOutRun.LOG);
    }
}

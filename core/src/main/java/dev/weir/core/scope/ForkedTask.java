package dev.weir.core.scope;

import dev.weir.core.Outcome;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.LoggingContext;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A task of a scope.
 *
 * <pre>
 *   NEW --begin--&gt; RUNNING --end--&gt; ENDED
 *    |\-----------stop----------&gt; ENDED (never runs)
 *    |\--dropped by the executor-&gt; ENDED (never runs)
 *    \--refused by the executor--&gt; ENDED (never runs, and fork throws)
 * </pre>
 *
 * <p>All state is guarded by the scope's lock, and stays as it is once ENDED.
 */
final class ForkedTask<T extends @Nullable Object> implements Subtask<T>, Runnable {
    enum State {
        NEW,
        RUNNING,
        ENDED
    }

    private final ScopeRun scope;
    private final LoggingContext loggingContext = LoggingContext.ofThisThread();
    private @Nullable ThrowingSupplier<? extends T, ?> task;

    State state = State.NEW;
    private @Nullable Thread thread;
    private boolean started;
    private boolean interrupted;

    /** Whether the scope has told it to stop. */
    private boolean told;

    private @Nullable T value;

    /** What the task threw; if it was cancelled, only what its outcome does not tell. */
    @Nullable
    Throwable failure;

    private @Nullable Throwable cancelCause;

    /** Whether somebody has looked at the outcome. */
    private boolean seen;

    // The scope's list of tasks that have not ended.
    @Nullable
    ForkedTask<?> previous;

    @Nullable
    ForkedTask<?> next;

    ForkedTask(ScopeRun scope, ThrowingSupplier<? extends T, ?> task) {
        this.scope = scope;
        this.task = task;
    }

    @Override
    public void run() {
        int toldBefore = ScopeContext.told();
        if (Thread.currentThread().isInterrupted()) {
            toldBefore = 0; // they have still to obey, and this task may use up what tells them
        }
        if (!scope.begin(this)) {
            return;
        }
        T result = null;
        Throwable thrown = null;
        try {
            result = call();
        } catch (Throwable failed) {
            thrown = failed;
        }
        scope.end(this, result, thrown);
        if (ScopeContext.told() > toldBefore) {
            ScopeContext.tellAgain();
        }
    }

    /** The executor will not run it. */
    void dropped() {
        scope.tasks.drop(this);
    }

    /** Runs the task in its scope and logging context, and leaves none of both behind in the thread. */
    @SuppressWarnings("NullAway") // what the task returned is of its type, null included
    private T call() throws Throwable {
        ThrowingSupplier<? extends T, ?> work = Objects.requireNonNull(task);
        task = null; // what it holds may be collected when it has run
        ScopeRun outside = ScopeContext.innermost();
        LoggingContext outsideLogging = LoggingContext.ofThisThread();
        T result = null;
        Throwable thrown = null;
        ScopeContext.set(scope);
        try {
            loggingContext.set();
            result = work.get();
        } catch (Throwable failed) {
            thrown = failed;
        }
        IllegalStateException forgotten = ScopeContext.closeForgotten(scope);
        ScopeContext.set(outside);
        outsideLogging.set();
        if (thrown != null) {
            if (forgotten != null) {
                thrown.addSuppressed(forgotten);
            }
            throw thrown;
        }
        if (forgotten != null) {
            throw forgotten;
        }
        return result;
    }

    // What follows is called with the scope's lock held.

    void begun() {
        state = State.RUNNING;
        thread = Thread.currentThread();
        started = true;
    }

    void interrupt() {
        told = true;
        Thread running = Objects.requireNonNull(thread);
        // Another's interrupt, if there is one, stops the task as well, and is not the scope's to clear.
        if (!running.isInterrupted()) {
            interrupted = true;
            running.interrupt();
        }
    }

    /** Takes the interrupt back that the scope sent, if it did: it must not reach what the thread does next. */
    void clearInterrupt() {
        thread = null;
        if (interrupted) {
            Thread.interrupted();
        }
    }

    /** Whether the current thread runs it, and it was told to stop. */
    boolean isToldHere() {
        return told && thread == Thread.currentThread();
    }

    @SuppressWarnings("unchecked") // it is this task's own result
    void ended(@Nullable Object result, @Nullable Throwable thrown) {
        state = State.ENDED;
        value = (T) result;
        failure = thrown;
    }

    void cancelled(Throwable cause) {
        state = State.ENDED;
        task = null;
        cancelCause = cause;
    }

    boolean isCancelled() {
        return cancelCause != null;
    }

    boolean isUnseenFailure() {
        return failure != null && !seen;
    }

    void seen() {
        seen = true;
    }

    @Nullable
    Thread thread() {
        return thread;
    }

    // And this is for everybody.

    @Override
    public T get() {
        return switch (outcome()) {
            case Outcome.Success<T>(T result) -> result;
            case Outcome.Failure<T>(Throwable cause) ->
                throw new IllegalStateException("the task of " + scope.name() + " failed", cause);
            case Outcome.Cancelled<T>(boolean began, Throwable cause) -> {
                CancellationException cancellation = new CancellationException("the task of " + scope.name()
                        + (began ? " was cancelled while it ran" : " was cancelled before it started"));
                cancellation.initCause(cause);
                throw cancellation;
            }
        };
    }

    @Override
    public Outcome<T> outcome() {
        if (!scope.tasks.isJoined()) {
            throw new IllegalStateException("a result of " + scope.name() + " is there only after join()");
        }
        scope.tasks.see(this);
        if (cancelCause != null) {
            return Outcome.cancelled(started, cancelCause);
        }
        return failure == null ? success() : Outcome.failure(failure);
    }

    @SuppressWarnings("NullAway") // without a failure it is what the task returned, null included
    private Outcome<T> success() {
        return Outcome.success(value);
    }

    @Override
    public boolean isSuccess() {
        return scope.tasks.isJoined() && failure == null && cancelCause == null;
    }

    @Override
    public String toString() {
        return "Subtask of " + scope.name();
    }
}

package dev.weir.core.scope;

import dev.weir.core.Outcome;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.Suppressed;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 *
 * <p>An executor may run a task in a thread that is in other tasks already (one that runs everything where it is handed
 * over). Then the inner task may use up the interrupt that was meant for a task around it, and so, at its end, those
 * that were sent one meanwhile are interrupted again.
 */
final class ForkedTask<T extends @Nullable Object> implements Subtask<T>, Runnable {
    enum State {
        NEW,
        RUNNING,
        ENDED
    }

    private static final Logger LOG = LoggerFactory.getLogger(TaskScope.class);

    /** The innermost task that runs in the current thread. */
    private static final ThreadLocal<@Nullable ForkedTask<?>> INNERMOST = new ThreadLocal<>();

    private final ScopeRun scope;
    private final Contexts.Snapshot context;
    private @Nullable ThrowingSupplier<? extends T, ?> task;

    /** Its section is the run of the task. */
    final InterruptGuard guard = new InterruptGuard();

    /** The task around this one in the same thread; of that thread alone. */
    private @Nullable ForkedTask<?> around;

    /** What the executor has of this task, if there is an executor. */
    @Nullable
    ForkedFuture future;

    /** Its place in the line of a bounded scope, if it is one. */
    Places.@Nullable Entry place;

    State state = State.NEW;
    private boolean started;
    private @Nullable T value;

    /** What the task threw; if it was cancelled, only what its outcome does not show. */
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

    /** Of those that a stop has halted; of the thread that stops. */
    @Nullable
    ForkedTask<?> nextHalted;

    ForkedTask(ScopeRun scope, Contexts.Snapshot context, ThrowingSupplier<? extends T, ?> task) {
        this.scope = scope;
        this.context = context;
        this.task = task;
    }

    @Override
    public void run() {
        Places.Entry own = place;
        if (own == null) {
            runInThread();
            return;
        }
        try {
            own.hold();
            runInThread();
        } finally {
            own.end();
        }
    }

    private void runInThread() {
        ForkedTask<?> outer = INNERMOST.get();
        // If an interrupt is pending, the tasks around have still to obey, and this one may use it up.
        int sentBefore = Thread.currentThread().isInterrupted() ? 0 : interruptsSent(outer);
        if (!scope.begin(this)) {
            return;
        }
        around = outer;
        INNERMOST.set(this);
        T result = null;
        Throwable thrown = null;
        try {
            result = call();
        } catch (Throwable failed) {
            thrown = failed;
        }
        around = null;
        if (outer == null) {
            INNERMOST.remove(); // a thread that is used again keeps nothing
        } else {
            INNERMOST.set(outer);
        }
        scope.end(this, result, thrown);
        if (interruptsSent(outer) > sentBefore) {
            interruptAgain(outer);
        }
    }

    private static int interruptsSent(@Nullable ForkedTask<?> innermost) {
        int sent = 0;
        for (ForkedTask<?> at = innermost; at != null; at = at.around) {
            if (at.guard.isInterrupted()) {
                sent++;
            }
        }
        return sent;
    }

    private static void interruptAgain(@Nullable ForkedTask<?> innermost) {
        for (ForkedTask<?> at = innermost; at != null; at = at.around) {
            if (at.guard.isInterrupted()) {
                at.guard.interrupt();
            }
        }
    }

    /** The executor will not run it. */
    void dropped() {
        scope.tasks.drop(this, new CancellationException("the executor of " + scope.name() + " dropped a task"));
    }

    /** It has got its place, but there is no thread. */
    void notStarted(Throwable why) {
        scope.tasks.drop(this, why);
    }

    /** Runs the task in its scope and context, and leaves none of both behind in the thread. */
    @SuppressWarnings("NullAway") // what the task returned is of its type, null included
    private T call() throws Throwable {
        ThrowingSupplier<? extends T, ?> work = Objects.requireNonNull(task);
        task = null; // what it holds may be collected when it has run
        ScopeRun outside = ScopeContext.innermost();
        Contexts.Installed installed = null;
        T result = null;
        Throwable thrown = null;
        ScopeContext.set(scope);
        try {
            installed = context.install();
            result = context.surrounds() ? context.surround(work::get) : work.get();
        } catch (Throwable failed) {
            thrown = failed;
        }
        IllegalStateException forgotten = ScopeContext.closeForgotten(scope);
        ScopeContext.set(outside);
        if (installed != null) {
            installed.restore();
        }
        if (thrown != null) {
            if (forgotten != null) {
                Suppressed.attachOrLog(thrown, forgotten, scope.name(), LOG);
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
        started = true;
        guard.begin();
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

    boolean hasBegun() {
        return started;
    }

    boolean isCancelled() {
        return cancelCause != null;
    }

    boolean isSeen() {
        return seen;
    }

    void seen() {
        seen = true;
    }

    /** What it returned, once it is a success. */
    @Nullable
    Object value() {
        return value;
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
        String ending;
        if (!scope.tasks.isJoined()) {
            ending = "not joined";
        } else if (cancelCause != null) {
            ending = started ? "cancelled" : "cancelled before it started";
        } else {
            ending = failure == null ? "success" : "failure";
        }
        return "Subtask[" + scope.name() + ", " + ending + "]";
    }
}

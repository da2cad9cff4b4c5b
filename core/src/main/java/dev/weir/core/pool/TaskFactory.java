package dev.weir.core.pool;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.TraceException;
import dev.weir.core.internal.wait.HandedTask;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Turns submitted tasks into what the workers run: in the submitter's thread, captures its context and applies the
 * decorators.
 */
final class TaskFactory {
    /** The future that {@link #inner} made last in this thread, until the next {@code execute} of a future. */
    private static final ThreadLocal<@Nullable PoolTask<?>> INNER = new ThreadLocal<>();

    private final TaskHome home;
    private final Contexts contexts;
    private final List<UnaryOperator<Runnable>> decorators;
    private final boolean submitterStacks;

    /** Whether a task without options and context can be run as it is. */
    private final boolean plain;

    TaskFactory(TaskHome home, Contexts contexts, PoolSettings settings) {
        this.home = home;
        this.contexts = contexts;
        this.decorators = settings.decorators;
        this.submitterStacks = settings.submitterStacks;
        this.plain = decorators.isEmpty()
                && !submitterStacks
                && settings.queueTimeoutNanos == Long.MAX_VALUE
                && settings.runTimeoutNanos == Long.MAX_VALUE;
    }

    Runnable executed(Runnable task) {
        if (task instanceof FutureTask<?> future) {
            return executedFuture(future);
        }
        Contexts.Snapshot context = contexts.capture();
        return plain && context.isEmpty() ? task : wrapped(task, TaskOptions.none(), context);
    }

    PoolTask<?> executed(Runnable task, TaskOptions options) {
        return wrapped(task, options, contexts.capture());
    }

    private Runnable executedFuture(FutureTask<?> future) {
        if (future instanceof PoolTask<?> own && own.isOf(home)) {
            return own;
        }
        PoolTask<?> inner = INNER.get();
        if (inner != null) {
            INNER.remove();
        }
        Contexts.Snapshot context = contexts.capture();
        if (future instanceof HandedTask handed) {
            PoolTask<?> outer = wrapped(handed, TaskOptions.none(), context);
            handed.onWithdrawal(() -> outer.cancel(false)); // which gives its place in the queue back
            return outer;
        }
        if (inner == null && plain && context.isEmpty()) {
            return future;
        }
        PoolTask<?> outer = wrapped(future, TaskOptions.none(), context);
        if (inner != null && inner.isOf(home)) {
            outer.standsFor(inner);
        }
        return outer;
    }

    private PoolTask<?> wrapped(Runnable task, TaskOptions options, Contexts.Snapshot context) {
        Callable<@Nullable Void> code = () -> {
            task.run();
            return null;
        };
        PoolTask<@Nullable Void> wrapped =
                new PoolTask<>(home, code, task, PoolTask.Failures.EXECUTED, options, context, submitterHere());
        decorate(wrapped);
        return wrapped;
    }

    <V extends @Nullable Object> PoolTask<V> future(Callable<V> task, Object named, TaskOptions options) {
        return future(task, named, options, PoolTask.Failures.FUTURE);
    }

    <V extends @Nullable Object> PoolTask<V> future(
            Callable<V> task, Object named, TaskOptions options, PoolTask.Failures whose) {
        PoolTask<V> future = new PoolTask<>(home, task, named, whose, options, contexts.capture(), submitterHere());
        decorate(future);
        return future;
    }

    /**
     * A future that is not submitted itself, but within another one, which
     * {@link java.util.concurrent.ExecutorCompletionService} executes next. That one is decorated and has the context;
     * and if it never begins, this one is cancelled with it.
     */
    <V extends @Nullable Object> PoolTask<V> inner(Callable<V> task, Object named) {
        PoolTask<V> inner =
                new PoolTask<>(home, task, named, PoolTask.Failures.FUTURE, TaskOptions.none(), null, submitterHere());
        INNER.set(inner);
        return inner;
    }

    private void decorate(PoolTask<?> task) {
        if (!decorators.isEmpty()) {
            Runnable decorated = task::runBody;
            for (UnaryOperator<Runnable> decorator : decorators) {
                decorated = decorator.apply(decorated);
                if (decorated == null) {
                    throw new NullPointerException("a decorator of " + home.name() + " returned null");
                }
            }
            task.decorate(decorated);
        }
    }

    private @Nullable TraceException submitterHere() {
        return submitterStacks ? new TraceException("submitted to " + home.name() + " here", true) : null;
    }
}

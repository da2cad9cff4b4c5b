package dev.weir.core.pool;

import dev.weir.core.context.ContextCarrier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes of what the user hands in what the pool runs: in the submitter's thread, with its context, and decorated. */
final class TaskFactory {
    private final PoolEngine engine;
    private final String name;
    private final List<ContextCarrier> carriers;
    private final List<UnaryOperator<Runnable>> decorators;
    private final boolean submitterStacks;

    /** Whether a task without options and context can be run as it is. */
    private final boolean plain;

    TaskFactory(PoolEngine engine, WorkerPool.Builder builder) {
        this.engine = engine;
        this.name = builder.name;
        this.carriers = List.copyOf(builder.carriers);
        this.decorators = List.copyOf(builder.decorators);
        this.submitterStacks = builder.submitterStacks;
        this.plain = decorators.isEmpty()
                && !submitterStacks
                && builder.queueTimeoutNanos == Long.MAX_VALUE
                && builder.runTimeoutNanos == Long.MAX_VALUE;
    }

    Runnable executed(Runnable task) {
        List<ContextCarrier.Captured> context = capture();
        return plain && context.isEmpty() ? task : special(task, TaskOptions.none(), context);
    }

    PoolTask<?> executed(Runnable task, TaskOptions options) {
        return special(task, options, capture());
    }

    private PoolTask<?> special(Runnable task, TaskOptions options, List<ContextCarrier.Captured> context) {
        PoolTask.Body<@Nullable Void> body = new PoolTask.Body<>(() -> {
            task.run();
            return null;
        });
        PoolTask<@Nullable Void> special = new PoolTask<>(engine, body, task, task, options, context, submitterHere());
        decorate(special);
        return special;
    }

    <V extends @Nullable Object> PoolTask<V> future(Callable<V> task, Object named, TaskOptions options) {
        PoolTask<V> future =
                new PoolTask<>(engine, new PoolTask.Body<>(task), named, null, options, capture(), submitterHere());
        decorate(future);
        return future;
    }

    private void decorate(PoolTask<?> task) {
        if (!decorators.isEmpty()) {
            Runnable decorated = task::runBody;
            for (UnaryOperator<Runnable> decorator : decorators) {
                decorated = decorator.apply(decorated);
                if (decorated == null) {
                    throw new NullPointerException("a decorator of " + name + " returned null");
                }
            }
            task.decorate(decorated);
        }
    }

    private List<ContextCarrier.Captured> capture() {
        List<ContextCarrier.Captured> context = List.of();
        for (int i = 0; i < carriers.size(); i++) {
            ContextCarrier.Captured captured = carriers.get(i).capture();
            if (captured != null) {
                if (context.isEmpty()) {
                    context = new ArrayList<>(2);
                }
                context.add(captured);
            }
        }
        return context;
    }

    private UnhandledFailures.@Nullable SubmittedHere submitterHere() {
        return submitterStacks ? new UnhandledFailures.SubmittedHere(name) : null;
    }
}

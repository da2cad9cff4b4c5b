package dev.weir.core.sync;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.pool.Saturation;
import dev.weir.core.time.TimeSource;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link KeyedExecutor}.
 *
 * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
 */
public final class KeyedExecutorBuilder {
    private final Executor executor;
    private @Nullable String name;
    private int capacity = 1_024;
    private Saturation saturation = Saturation.block();
    private TimeSource time = TimeSource.system();
    private Contexts contexts = Contexts.byDefault();
    private @Nullable BiConsumer<? super Runnable, ? super Throwable> failureHandler;

    KeyedExecutorBuilder(Executor executor) {
        this.executor = Objects.requireNonNull(executor, "executor");
    }

    /**
     * Sets the name, for logs, exceptions and meters; {@code keyed-executor-} with a number by default.
     *
     * @param name the name, which need not be unique
     * @return this builder
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public KeyedExecutorBuilder name(String name) {
        this.name = Name.checked(name);
        return this;
    }

    /**
     * Sets how many tasks, over all keys, may be accepted and not have begun; 1,024 by default.
     *
     * @param capacity at least 1
     * @return this builder
     * @throws IllegalArgumentException if {@code capacity} is below 1
     */
    public KeyedExecutorBuilder capacity(int capacity) {
        this.capacity = Checks.positive(capacity, "capacity");
        return this;
    }

    /**
     * Sets what happens when the capacity is reached; the submitter waits by default.
     *
     * @param saturation the policy
     * @return this builder
     */
    public KeyedExecutorBuilder saturation(Saturation saturation) {
        this.saturation = Objects.requireNonNull(saturation, "saturation");
        return this;
    }

    /**
     * Sets the clock of the saturation policy's timeout; {@link TimeSource#system()} by default.
     *
     * @param time the clock
     * @return this builder
     */
    public KeyedExecutorBuilder timeSource(TimeSource time) {
        this.time = Objects.requireNonNull(time, "time");
        return this;
    }

    /**
     * Sets what is carried from the submitter to the task, in place of {@link ContextCarrier#defaults()}.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return this builder
     */
    public KeyedExecutorBuilder context(ContextCarrier... carriers) {
        this.contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return this;
    }

    /**
     * Sets what gets the failures of tasks that were given to {@link KeyedExecutor#execute}; by default they are logged
     * at ERROR. It runs in the thread and the context of the task, before the next task of its key. It also gets tasks
     * that were accepted and will never run, with a {@link java.util.concurrent.RejectedExecutionException}, in
     * whichever thread finds that out. What it throws itself is logged at ERROR.
     *
     * @param failureHandler takes the task and what it threw
     * @return this builder
     */
    public KeyedExecutorBuilder failureHandler(BiConsumer<? super Runnable, ? super Throwable> failureHandler) {
        this.failureHandler = Objects.requireNonNull(failureHandler, "failureHandler");
        return this;
    }

    /**
     * Builds the executor.
     *
     * @param <K> the type of the keys
     * @return a new keyed executor
     */
    public <K> KeyedExecutor<K> build() {
        ResizableSemaphore places = ResizableSemaphore.unfair(capacity, time);
        TaskAccount account = new TaskAccount(Name.of("keyed-executor", name), places, failureHandler);
        return new KeyedExecutor<>(executor, account, saturation, contexts);
    }

    /**
     * The executor's name and bounds.
     *
     * @return for instance {@code KeyedExecutorBuilder[orders, capacity 1024, Saturation[BLOCK]]}
     */
    @Override
    public String toString() {
        return "KeyedExecutorBuilder[" + (name == null ? "" : name + ", ") + "capacity " + capacity + ", " + saturation
                + "]";
    }
}

package dev.weir.batch;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Batcher}. Each batcher that it builds is new.
 *
 * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
 *
 * @param <I> the type of the items
 * @param <O> the type of the results
 */
public final class BatcherBuilder<I, O extends @Nullable Object> {
    private final BulkFunction<I, O> function;
    private @Nullable String name;
    private int maxItems = 100;
    private long maxWeight = Long.MAX_VALUE;
    private @Nullable ToLongFunction<? super I> weigher;
    private Duration maxWait = Duration.ofMillis(5);
    private int concurrency = 1;
    private int capacity = 1_024;
    private Duration closeTimeout = Duration.ofMinutes(1);
    private TimeSource time = TimeSource.system();
    private Contexts contexts = Contexts.byDefault();
    private @Nullable Executor executor;

    BatcherBuilder(BulkFunction<I, O> function) {
        this.function = function;
    }

    /**
     * Sets the name that logs, exceptions and threads show; {@code batcher-1} and so on by default.
     *
     * @param name the name, not blank
     * @return this builder
     * @throws IllegalArgumentException if it is blank
     */
    public BatcherBuilder<I, O> name(String name) {
        this.name = Name.checked(name);
        return this;
    }

    /**
     * Sets how many items a bulk call has at most; 100 by default. When that number waits, they are sent at once.
     *
     * @param maxItems at least 1
     * @return this builder
     * @throws IllegalArgumentException if {@code maxItems} is below 1
     */
    public BatcherBuilder<I, O> maxItems(int maxItems) {
        this.maxItems = Checks.positive(maxItems, "maxItems");
        return this;
    }

    /**
     * Sets how much the items of a bulk call weigh together at most; without limit by default. When the items that wait
     * weigh so much, they are sent at once. An item that weighs more is sent alone.
     *
     * @param maxWeight at least 1
     * @param weigher returns the weight of an item, 0 or more; called by the thread that submits it, which gets what it
     *     throws
     * @return this builder
     * @throws IllegalArgumentException if {@code maxWeight} is below 1
     */
    public BatcherBuilder<I, O> maxWeight(long maxWeight, ToLongFunction<? super I> weigher) {
        this.maxWeight = Checks.positive(maxWeight, "maxWeight");
        this.weigher = Objects.requireNonNull(weigher, "weigher");
        return this;
    }

    /**
     * Sets how long an item waits for others at most; 5 ms by default. It may wait longer for a running bulk call to
     * end, see {@link #concurrency}. With zero, items gather only while all bulk calls run that may.
     *
     * @param maxWait zero or more
     * @return this builder
     * @throws IllegalArgumentException if {@code maxWait} is negative
     */
    public BatcherBuilder<I, O> maxWait(Duration maxWait) {
        this.maxWait = Checks.notNegative(maxWait, "maxWait");
        return this;
    }

    /**
     * Sets how many bulk calls run at once at most; 1 by default.
     *
     * @param concurrency at least 1
     * @return this builder
     * @throws IllegalArgumentException if {@code concurrency} is below 1
     */
    public BatcherBuilder<I, O> concurrency(int concurrency) {
        this.concurrency = Checks.positive(concurrency, "concurrency");
        return this;
    }

    /**
     * Sets how many items may wait to be sent; 1,024 by default. When that number waits, {@link Batcher#call} waits for
     * room, and {@link Batcher#submit} refuses the item.
     *
     * @param capacity at least 1, and at least the number of items of a bulk call
     * @return this builder
     * @throws IllegalArgumentException if {@code capacity} is below 1
     */
    public BatcherBuilder<I, O> capacity(int capacity) {
        this.capacity = Checks.positive(capacity, "capacity");
        return this;
    }

    /**
     * Sets how long {@link Batcher#close()} waits for the items that were accepted; a minute by default.
     *
     * @param closeTimeout zero or more
     * @return this builder
     * @throws IllegalArgumentException if {@code closeTimeout} is negative
     */
    public BatcherBuilder<I, O> closeTimeout(Duration closeTimeout) {
        this.closeTimeout = Checks.notNegative(closeTimeout, "closeTimeout");
        return this;
    }

    /**
     * Sets the clock of all waits; {@link TimeSource#system()} by default.
     *
     * @param time the clock
     * @return this builder
     */
    public BatcherBuilder<I, O> timeSource(TimeSource time) {
        this.time = Objects.requireNonNull(time, "time");
        return this;
    }

    /**
     * Sets what is carried, in place of {@link ContextCarrier#defaults()}: from the thread that builds the batcher to
     * the bulk calls, which serve many callers and so have the context of none, and from a thread that submits an item
     * to the dependents of its future.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return this builder
     */
    public BatcherBuilder<I, O> context(ContextCarrier... carriers) {
        this.contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return this;
    }

    /**
     * Sets what makes the bulk calls, instead of virtual threads of the batcher's own. Each is handed over by a virtual
     * thread, so that no caller is held up by an executor that waits or runs it in place. If the executor refuses or
     * drops a bulk call, that fails.
     *
     * @param executor the executor; it is not closed with the batcher
     * @return this builder
     */
    public BatcherBuilder<I, O> executor(Executor executor) {
        this.executor = Objects.requireNonNull(executor, "executor");
        return this;
    }

    /**
     * Builds the batcher. The context of the current thread becomes that of its bulk calls.
     *
     * @return a new batcher
     * @throws IllegalArgumentException if fewer items may wait than a bulk call has, so that none would ever be full
     */
    public Batcher<I, O> build() {
        if (capacity < maxItems) {
            throw new IllegalArgumentException(
                    "capacity must be at least maxItems, but is " + capacity + ", and maxItems is " + maxItems);
        }
        return new Batcher<>(new BatcherSettings<>(
                function,
                Name.of("batcher", name).toString(),
                maxItems,
                maxWeight,
                weigher,
                maxWait,
                concurrency,
                capacity,
                closeTimeout,
                time,
                contexts,
                executor));
    }

    /**
     * The batcher's name and bounds.
     *
     * @return for instance {@code BatcherBuilder[users, 100 items within PT0.005S, 1 at once, capacity 1024]}
     */
    @Override
    public String toString() {
        return "BatcherBuilder[" + (name == null ? "" : name + ", ") + maxItems + " items within " + maxWait + ", "
                + concurrency + " at once, capacity " + capacity + "]";
    }
}

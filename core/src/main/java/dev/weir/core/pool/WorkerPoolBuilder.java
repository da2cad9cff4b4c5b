package dev.weir.core.pool;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * Builds a {@link WorkerPool}.
 *
 * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
 */
public final class WorkerPoolBuilder {
    private static final int MAX_WEIGHT = 1_000;

    private final PoolSettings settings;
    private final List<WorkerPoolListener> listeners = new ArrayList<>();

    WorkerPoolBuilder(String name) {
        this.settings = new PoolSettings(Name.checked(name));
    }

    /**
     * The number of workers that stay when they are idle, once there have been that many; 0 by default.
     *
     * @param minWorkers not negative
     * @return this builder
     * @throws IllegalArgumentException if {@code minWorkers} is negative
     */
    public WorkerPoolBuilder minWorkers(int minWorkers) {
        settings.minWorkers = (int) Checks.notNegative(minWorkers, "minWorkers");
        return this;
    }

    /**
     * The highest number of workers; one per processor by default.
     *
     * @param maxWorkers at least 1; {@link #build} refuses more than 2,097,151
     * @return this builder
     * @throws IllegalArgumentException if {@code maxWorkers} is below 1
     */
    public WorkerPoolBuilder maxWorkers(int maxWorkers) {
        settings.maxWorkers = Checks.positive(maxWorkers, "maxWorkers");
        return this;
    }

    /**
     * How long a worker above the minimum may be idle before it ends; a minute by default.
     *
     * @param keepAlive positive
     * @return this builder
     * @throws IllegalArgumentException if {@code keepAlive} is not positive
     */
    public WorkerPoolBuilder keepAlive(Duration keepAlive) {
        settings.keepAliveNanos = Checks.positiveNanos(keepAlive, "keepAlive");
        return this;
    }

    /**
     * How many tasks may wait for a worker; 1,024 by default.
     *
     * @param queueCapacity not negative; 0 hands each task directly to a worker
     * @return this builder
     * @throws IllegalArgumentException if {@code queueCapacity} is negative
     */
    public WorkerPoolBuilder queueCapacity(int queueCapacity) {
        settings.queueCapacity = (int) Checks.notNegative(queueCapacity, "queueCapacity");
        return this;
    }

    /**
     * What happens when all workers are busy and the queue is full; the submitter waits by default.
     *
     * @param saturation the policy
     * @return this builder
     */
    public WorkerPoolBuilder saturation(Saturation saturation) {
        settings.saturation = Objects.requireNonNull(saturation, "saturation");
        return this;
    }

    /**
     * Makes the workers virtual threads, for tasks that wait more than they compute. They are platform threads by
     * default, which keep the JVM alive until the pool is shut down.
     *
     * @return this builder
     */
    public WorkerPoolBuilder virtualWorkers() {
        settings.virtual = true;
        settings.threads = null;
        return this;
    }

    /**
     * Whether the pool's platform threads are daemons, which do not keep the JVM alive; they are not by default.
     *
     * @param daemon whether they are
     * @return this builder
     */
    public WorkerPoolBuilder daemon(boolean daemon) {
        settings.daemon = daemon;
        return this;
    }

    /**
     * What makes the workers' threads.
     *
     * @param threads the factory; when it throws or returns null, the task that needed the thread waits for another
     *     worker, or is rejected if there is none
     * @return this builder
     */
    public WorkerPoolBuilder threadFactory(ThreadFactory threads) {
        settings.threads = Objects.requireNonNull(threads, "threads");
        return this;
    }

    /**
     * The clock; {@link TimeSource#system()} by default.
     *
     * @param time the clock
     * @return this builder
     */
    public WorkerPoolBuilder timeSource(TimeSource time) {
        settings.timeSource = Objects.requireNonNull(time, "time");
        return this;
    }

    /**
     * Who gets what tasks throw and nobody asked for: that of an {@code execute}d task in the worker, and that of a
     * submitted one, whose future is gone, in a thread of its own. By default it is logged at ERROR, with the name of
     * the task. What the handler itself throws is logged at ERROR.
     *
     * @param failureHandler takes the task (or, for a future that is gone, one that only has its name) and what it
     *     threw
     * @return this builder
     */
    public WorkerPoolBuilder failureHandler(BiConsumer<? super Runnable, ? super Throwable> failureHandler) {
        settings.failureHandler = Objects.requireNonNull(failureHandler, "failureHandler");
        return this;
    }

    /**
     * Whether what a task throws carries the stack of its submitter, as a suppressed exception; it does not by default.
     * Taking the stack costs microseconds for each task.
     *
     * @param submitterStacks whether it does
     * @return this builder
     */
    public WorkerPoolBuilder submitterStacks(boolean submitterStacks) {
        settings.submitterStacks = submitterStacks;
        return this;
    }

    /**
     * Has tasks go first by {@linkplain TaskOptions#priority their priority}, and by the time that they have waited: a
     * task overtakes those that are a level higher and come a second later. See {@link #priorities(Duration)}.
     *
     * @return this builder
     */
    public WorkerPoolBuilder priorities() {
        return priorities(Duration.ofSeconds(1));
    }

    /**
     * Has tasks go first by {@linkplain TaskOptions#priority their priority}, and by the time that they have waited:
     * one level of priority is worth so much waiting, so that none waits for ever. Tasks of one priority go in order.
     * The queue has a lock then; without priorities it has none. When the {@linkplain Saturation#discardOldest() oldest
     * is discarded}, that is the oldest of the lowest priority.
     *
     * @param ageing positive and at most a day: how long a task has to wait to overtake one that is a level higher and
     *     comes then; a second is common
     * @return this builder
     * @throws IllegalArgumentException if {@code ageing} is not positive or above a day
     */
    public WorkerPoolBuilder priorities(Duration ageing) {
        Checks.positive(ageing, "ageing");
        if (ageing.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("ageing must be at most a day, but is " + ageing);
        }
        settings.ageingNanos = ageing.toNanos();
        return this;
    }

    /**
     * Shares the workers fairly among the {@linkplain TaskOptions#tenant tenants} of the tasks, all of the same weight.
     * See {@link #fairShares(Map)}.
     *
     * @return this builder
     */
    public WorkerPoolBuilder fairShares() {
        return fairShares(Map.of());
    }

    /**
     * Shares the workers fairly among the {@linkplain TaskOptions#tenant tenants} of the tasks, by weight: while tasks
     * of several tenants wait, each tenant's begin in proportion to its weight, however many another one has submitted.
     * Of two such tenants neither gets ahead of its share by more than a task. Tasks of one tenant begin in order. A
     * share is one of tasks that begin, whatever they take; what a tenant does not use goes to the others, and it is
     * not made up for later. The queue has a lock then, and a task costs O(log n) in the number of tenants that have
     * tasks waiting; the pool remembers no others.
     *
     * {@snippet file="dev/weir/core/pool/WorkerPoolSnippets.java" region="shares"}
     *
     * <p>The queue's capacity is not shared: a tenant that fills it makes the others wait for room like itself. When
     * the {@linkplain Saturation#discardOldest() oldest is discarded}, that is the oldest of the tenant that has most
     * tasks waiting for its weight, so that those who keep to their share lose nothing to one that floods the queue.
     *
     * @param weights the weights of tenants, from 1 to 1,000; that of others is 1. Tasks without a tenant are together
     *     one, named {@code ""}
     * @return this builder
     * @throws IllegalArgumentException if a weight is out of range
     */
    public WorkerPoolBuilder fairShares(Map<String, Integer> weights) {
        Objects.requireNonNull(weights, "weights");
        weights.forEach((tenant, weight) -> {
            if (weight < 1 || weight > MAX_WEIGHT) {
                throw new IllegalArgumentException(
                        "the weight of " + tenant + " must be from 1 to " + MAX_WEIGHT + ", but is " + weight);
            }
        });
        settings.weights = Map.copyOf(weights);
        return this;
    }

    /**
     * How long tasks may wait for a worker, unless {@linkplain TaskOptions#queueTimeout their options} say otherwise;
     * for ever by default. An {@code execute}d task that waited for too long goes to the failure handler.
     *
     * @param timeout how long, positive
     * @return this builder
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public WorkerPoolBuilder queueTimeout(Duration timeout) {
        settings.queueTimeoutNanos = Checks.positiveNanos(timeout, "timeout");
        return this;
    }

    /**
     * How long tasks may run, unless {@linkplain TaskOptions#runTimeout their options} say otherwise; for ever by
     * default. An {@code execute}d task that ran for too long goes to the failure handler.
     *
     * @param timeout how long, positive
     * @return this builder
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public WorkerPoolBuilder runTimeout(Duration timeout) {
        settings.runTimeoutNanos = Checks.positiveNanos(timeout, "timeout");
        return this;
    }

    /**
     * How long {@link WorkerPool#close()} waits for the tasks; a minute by default.
     *
     * @param timeout how long; zero stops them at once
     * @return this builder
     * @throws IllegalArgumentException if {@code timeout} is negative
     */
    public WorkerPoolBuilder closeTimeout(Duration timeout) {
        settings.closeTimeout = Checks.notNegative(timeout, "timeout");
        return this;
    }

    /**
     * Wraps each task. The decorator is called by the submitter, the runnable that it returns by the worker, in the
     * context that was carried there. A later decorator is outside of the earlier ones. What it throws fails the task,
     * unless the task itself has ended; and so does not to run the task.
     *
     * @param decorator takes a task and returns what to run instead
     * @return this builder
     */
    public WorkerPoolBuilder decorator(UnaryOperator<Runnable> decorator) {
        settings.decorators = with(settings.decorators, Objects.requireNonNull(decorator, "decorator"));
        return this;
    }

    /**
     * What is carried from the submitter to the worker, in place of {@link ContextCarrier#defaults()}.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return this builder
     */
    public WorkerPoolBuilder context(ContextCarrier... carriers) {
        settings.contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return this;
    }

    /**
     * From when on a task is slow; never by default. A task that still runs in a worker then is logged at WARN, with
     * its stack, and reported to the listeners, once; and one that has ended is reported to the listeners. It costs two
     * readings of the clock for each task.
     *
     * @param threshold how long a task may run without being slow, positive
     * @return this builder
     * @throws IllegalArgumentException if {@code threshold} is not positive
     */
    public WorkerPoolBuilder slowTaskThreshold(Duration threshold) {
        settings.slowNanos = Checks.positiveNanos(threshold, "threshold");
        return this;
    }

    /**
     * From when on a pool has come to a standstill, which is logged and reported to the listeners: tasks are queued and
     * none has begun for this long, and all workers wait for something. Ten seconds by default.
     *
     * @param threshold how long no queued task begins, positive
     * @return this builder
     * @throws IllegalArgumentException if {@code threshold} is not positive
     */
    public WorkerPoolBuilder stallThreshold(Duration threshold) {
        settings.stallNanos = Checks.positiveNanos(threshold, "threshold");
        return this;
    }

    /**
     * Adds a listener.
     *
     * @param listener is notified of saturation, resizing, slow tasks and standstills
     * @return this builder
     */
    public WorkerPoolBuilder listener(WorkerPoolListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /**
     * Builds the pool. No thread is started before there is a task.
     *
     * @return a new pool
     * @throws IllegalArgumentException if {@code minWorkers} is above {@code maxWorkers}, if there are priorities or
     *     fair shares and the queue has no capacity, and if there are both
     */
    public WorkerPool build() {
        checkWorkers(settings.minWorkers, settings.maxWorkers);
        boolean priorities = settings.ageingNanos > 0;
        if (priorities && settings.weights != null) {
            throw new IllegalArgumentException("a pool has priorities or fair shares, but this one is to have both");
        }
        checkSorted(settings.queueCapacity, priorities || settings.weights != null);
        return new WorkerPool(settings.copy(), new PoolListeners(settings.name, listeners));
    }

    private static <T> List<T> with(List<T> some, T another) {
        List<T> all = new ArrayList<>(some);
        all.add(another);
        return List.copyOf(all);
    }

    static void checkWorkers(int minWorkers, int maxWorkers) {
        Checks.notNegative(minWorkers, "minWorkers");
        Checks.positive(maxWorkers, "maxWorkers");
        if (minWorkers > maxWorkers) {
            throw new IllegalArgumentException(
                    "minWorkers must be at most maxWorkers, but is " + minWorkers + " above " + maxWorkers);
        }
        if (maxWorkers > WorkerCounts.MAX) {
            throw new IllegalArgumentException(
                    "maxWorkers must be at most " + WorkerCounts.MAX + ", but is " + maxWorkers);
        }
    }

    static void checkSorted(int queueCapacity, boolean sorted) {
        if (sorted && queueCapacity == 0) {
            throw new IllegalArgumentException(
                    "queueCapacity must be at least 1 with priorities or fair shares, but is 0");
        }
    }

    /** What the pool would be built from. */
    PoolSettings settings() {
        return settings.copy();
    }

    /**
     * The pool's name and bounds.
     *
     * @return for instance {@code WorkerPoolBuilder[parser, 0 to 4 workers, queue of 1024]}
     */
    @Override
    public String toString() {
        return "WorkerPoolBuilder[" + settings.name + ", " + settings.minWorkers + " to " + settings.maxWorkers
                + " workers, queue of " + settings.queueCapacity
                + (settings.weights == null ? "" : ", fair shares") + "]";
    }
}

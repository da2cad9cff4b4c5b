package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An {@link java.util.concurrent.ExecutorService} with a bound on everything: workers, queue, and the time that closing
 * takes; and an account of every task.
 *
 * {@snippet file="dev/weir/core/pool/WorkerPoolSnippets.java" region="pool"}
 *
 * <p><b>Growth.</b> A task goes to an idle worker; if there is none and there are less than the maximum, to a new one;
 * only then into the queue. Workers above the minimum end when they have been idle for long enough. Workers and queue
 * can be resized at any time.
 *
 * <p><b>Saturation.</b> When the queue is full as well, {@link Saturation} says what happens; by default the submitter
 * waits. One that is interrupted while it waits gets a {@link RejectedExecutionException} caused by the {@link
 * InterruptedException}, because {@code execute} cannot throw that, and keeps its interrupt status; its task never runs.
 * {@code invokeAll} and {@code invokeAny} with a timeout wait for room as every submitter does, and so may take longer
 * than that.
 *
 * <p><b>Nothing is lost.</b> Every task runs, or is rejected or cancelled before it begins and then never runs; every
 * {@link Future} that this pool gives out completes, also after {@link #shutdownNow}. What a task throws goes to the
 * failure handler if it was given to {@code execute}; if it was submitted, to whoever asks the future, and to the
 * handler if nobody has and nobody can any more, because the future is gone. The worker lives on, and its interrupt
 * status does not leak into the next task.
 *
 * <p><b>A pool that waits for itself.</b> When a task waits (with an untimed {@code get} or {@code join}) for another
 * task of its own pool that no worker is free to take, it runs that task itself. When it would wait for a task that
 * waits, perhaps by way of others, for this one, it gets an {@link IllegalStateException} instead. When it submits to its
 * pool and the submitter would have to wait for room, it runs the task itself. Waits by other means, a latch say, are
 * not seen.
 *
 * <p><b>Keys.</b> Tasks whose {@link TaskOptions} have equal keys run one at a time, in the order in which they were
 * submitted. Those that wait for their key have a bound of their own, as large as that of the queue.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Fairness.</b> Tasks start in the order in which they were
 * accepted, unless the pool has priorities. Submitters that wait for room are woken in the order in which they came, one
 * at a time, but one that comes just then may be quicker. <b>Interruption.</b> Only {@code awaitTermination}, {@code
 * shutdown(Deadline)}, {@code close}, {@code invokeAll}, {@code invokeAny} and a submitter that waits for room react to
 * an interrupt. <b>Memory effects.</b> What happens before a task is submitted happens-before the task, and the task
 * happens-before its future's {@code get}, the next task of its key and the end of {@code awaitTermination}.
 */
public final class WorkerPool extends AbstractExecutorService {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    private final PoolEngine engine;
    private final TimeSource time;
    private final Duration closeTimeout;

    private WorkerPool(Builder builder) {
        this.engine = new PoolEngine(builder);
        this.time = builder.time;
        this.closeTimeout = builder.closeTimeout;
    }

    /**
     * Starts to build a pool.
     *
     * @param name the name of the pool, and with a number of its threads
     * @return a builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Starts to build a pool for tasks that compute: a platform thread for each processor, and a queue of 1,024.
     *
     * @param name the name of the pool, and with a number of its threads
     * @return a builder, to change what should be different
     */
    public static Builder cpuBound(String name) {
        int processors = Runtime.getRuntime().availableProcessors();
        return new Builder(name).minWorkers(processors).maxWorkers(processors);
    }

    /**
     * Starts to build a pool for tasks that wait, for a network say: up to 10,000 virtual threads, and a queue of 1,024.
     *
     * @param name the name of the pool, and with a number of its threads
     * @return a builder, to change what should be different
     */
    public static Builder ioBound(String name) {
        return new Builder(name).maxWorkers(10_000).virtualWorkers();
    }

    /**
     * Hands a task in.
     *
     * @param task the task; what it throws goes to the failure handler
     * @throws RejectedExecutionException if the pool is shut down, or saturated and its policy says
     *     so, or no thread could be started for it, or the calling thread was interrupted while it waited. The task
     *     never runs then
     */
    @Override
    public void execute(Runnable task) {
        engine.execute(Objects.requireNonNull(task, "task"));
    }

    /**
     * Hands a task in.
     *
     * @param task the task; what it throws goes to the failure handler
     * @param options what to know about it
     * @throws RejectedExecutionException as for {@link #execute(Runnable)}
     */
    public void execute(Runnable task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        engine.execute(engine.tasks.executed(task, Objects.requireNonNull(options, "options")));
    }

    @Override
    public Future<?> submit(Runnable task) {
        return submit(task, TaskOptions.none());
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Runnable task, T result) {
        RunnableFuture<T> future = newTaskFor(Objects.requireNonNull(task, "task"), result);
        engine.execute(future);
        return future;
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Callable<T> task) {
        return submit(task, TaskOptions.none());
    }

    /**
     * Hands a task in.
     *
     * @param task the task
     * @param options what to know about it
     * @return its future, with the value null in the end
     * @throws RejectedExecutionException as for {@link #execute(Runnable)}
     */
    public Future<?> submit(Runnable task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(options, "options");
        PoolTask<?> future = engine.tasks.future(Executors.callable(task), task, options);
        engine.execute(future);
        return future;
    }

    /**
     * Hands a task in.
     *
     * @param task the task
     * @param options what to know about it
     * @param <T> the type of its result
     * @return its future
     * @throws RejectedExecutionException as for {@link #execute(Runnable)}
     */
    public <T extends @Nullable Object> Future<T> submit(Callable<T> task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(options, "options");
        PoolTask<T> future = engine.tasks.future(task, task, options);
        engine.execute(future);
        return future;
    }

    /**
     * Hands a task in, for a {@link CompletableFuture}. When that is cancelled or is completed in another way before the
     * task is done, by {@code orTimeout} for instance, the task is interrupted, or never runs.
     *
     * @param task the task
     * @param <T> the type of its result
     * @return its future; its dependent stages run in the worker, unless they say otherwise
     * @throws RejectedExecutionException as for {@link #execute(Runnable)}
     */
    public <T extends @Nullable Object> CompletableFuture<T> supplyAsync(ThrowingSupplier<? extends T, ?> task) {
        return supplyAsync(task, TaskOptions.none());
    }

    /**
     * Hands a task in, for a {@link CompletableFuture}; see {@link #supplyAsync(ThrowingSupplier)}.
     *
     * @param task the task
     * @param options what to know about it
     * @param <T> the type of its result
     * @return its future
     * @throws RejectedExecutionException as for {@link #execute(Runnable)}
     */
    public <T extends @Nullable Object> CompletableFuture<T> supplyAsync(
            ThrowingSupplier<? extends T, ?> task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(options, "options");
        SuppliedFuture<T> supplied = new SuppliedFuture<>(engine, task, options);
        engine.execute(supplied.task());
        return supplied;
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable task, T value) {
        return engine.tasks.future(
                Executors.callable(Objects.requireNonNull(task, "task"), value), task, TaskOptions.none());
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> task) {
        return engine.tasks.future(Objects.requireNonNull(task, "task"), task, TaskOptions.none());
    }

    /** {@inheritDoc} In a worker of this pool, the tasks are run one after the other by this worker itself. */
    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        try {
            return invokeAny(tasks, Deadline.never());
        } catch (TimeoutException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** {@inheritDoc} In a worker of this pool, the tasks are run one after the other by this worker itself. */
    @Override
    public <T extends @Nullable Object> T invokeAny(
            Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        Deadline deadline = Deadline.after(Duration.ofNanos(unit.toNanos(timeout)), time);
        T result = invokeAny(tasks, deadline);
        if (engine.isInWorker()) {
            deadline.check();
        }
        return result;
    }

    private <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks, Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        return engine.isInWorker() ? OwnWorker.invokeAny(tasks, deadline) : FirstSuccess.of(engine, tasks, deadline);
    }

    /**
     * From now on no task is begun; those that run go on, and new ones are queued while there is room. A task
     * that a running one waits for is begun by that one if no other worker could. {@code shutdown} ends the pause.
     */
    public void pause() {
        engine.pause();
    }

    /** Ends a pause. */
    public void resume() {
        engine.resume();
    }

    /**
     * Changes the number of workers. New ones are started if there is work for them; ones too many end when they have
     * done their task.
     *
     * @param minWorkers how many there are at least, once so many tasks have come
     * @param maxWorkers how many there are at most
     * @throws IllegalArgumentException if {@code minWorkers} is negative or above {@code maxWorkers}, or {@code
     *     maxWorkers} is below 1
     */
    public void resize(int minWorkers, int maxWorkers) {
        checkWorkers(minWorkers, maxWorkers);
        engine.resizeWorkers(minWorkers, maxWorkers);
    }

    /**
     * Changes how many tasks may wait for a worker. If more do already, they stay.
     *
     * @param queueCapacity how many; 0 hands each task directly to a worker
     * @throws IllegalArgumentException if {@code queueCapacity} is negative, or 0 in a pool with priorities
     */
    public void resizeQueue(int queueCapacity) {
        Checks.notNegative(queueCapacity, "queueCapacity");
        checkPriorities(queueCapacity, engine.hasPriorities());
        engine.resizeQueue(queueCapacity);
    }

    private static void checkWorkers(int minWorkers, int maxWorkers) {
        Checks.notNegative(minWorkers, "minWorkers");
        Checks.positive(maxWorkers, "maxWorkers");
        if (minWorkers > maxWorkers) {
            throw new IllegalArgumentException(
                    "minWorkers must be at most maxWorkers, but is " + minWorkers + " above " + maxWorkers);
        }
        if (maxWorkers > WorkerCounts.MAX) {
            throw new IllegalArgumentException("maxWorkers must be at most " + WorkerCounts.MAX + ", but is " + maxWorkers);
        }
    }

    private static void checkPriorities(int queueCapacity, boolean priorities) {
        if (priorities && queueCapacity == 0) {
            throw new IllegalArgumentException("queueCapacity must be at least 1 with priorities, but is 0");
        }
    }

    /** Accepts no more tasks; the ones that were accepted run. Submitters that wait are rejected. Does not wait. */
    @Override
    public void shutdown() {
        engine.ending.shutdown();
    }

    /**
     * Accepts no more tasks, cancels the ones in the queue and interrupts the ones that run. Does not wait.
     *
     * @return the tasks that were in the queue; those that were submitted are futures, and cancelled
     */
    @Override
    public List<Runnable> shutdownNow() {
        return engine.ending.stop().neverStarted();
    }

    /**
     * Accepts no more tasks, waits for those that were accepted, and at the deadline cancels the ones that wait and
     * interrupts the ones that run. Those are not waited for. A pause ends.
     *
     * @param deadline how long to wait
     * @return what was cut short
     * @throws InterruptedException if the calling thread is interrupted before or while it waits; the pool stays shut
     *     down and its tasks go on
     */
    public ShutdownReport shutdown(Deadline deadline) throws InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        engine.ending.shutdown();
        return engine.ending.awaitTermination(deadline) ? new ShutdownReport(List.of()) : engine.ending.stop();
    }

    /**
     * Shuts down and waits for the tasks that were accepted, for a minute or {@linkplain Builder#closeTimeout as long as
     * was said}, then cancels and interrupts what is left, and logs that at WARN. If the calling thread is interrupted, that happens at once, and its interrupt status stays set.
     */
    @Override
    public void close() {
        ShutdownReport report;
        try {
            report = shutdown(Deadline.after(closeTimeout, time));
        } catch (InterruptedException stop) {
            report = engine.ending.stop();
            Thread.currentThread().interrupt();
        }
        if (!report.isClean()) {
            LOG.warn(
                    "{} was closed with {} tasks that never started and {} that were interrupted",
                    engine.name,
                    report.neverStarted().size(),
                    report.interrupted().size());
        }
    }

    @Override
    public boolean isShutdown() {
        return engine.ending.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return engine.ending.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return engine.ending.awaitTermination(Deadline.after(Duration.ofNanos(unit.toNanos(timeout)), time));
    }

    /**
     * What the pool has done and is doing.
     *
     * @return a snapshot of now
     */
    public PoolMetrics metrics() {
        return engine.tally.metrics();
    }

    /** How many keys have tasks. */
    int keys() {
        return engine.keyed.keys();
    }

    /**
     * The pool's name and load.
     *
     * @return for instance {@code WorkerPool[parser, 4 workers, 4 active, 12 queued]}
     */
    @Override
    public String toString() {
        PoolMetrics now = metrics();
        return "WorkerPool[" + engine.name + ", " + now.workers() + " workers, " + now.active() + " active, "
                + now.queued() + " queued]";
    }

    /** Builds a {@link WorkerPool}. Not thread-safe. */
    public static final class Builder {
        final String name;
        int minWorkers;
        int maxWorkers = Runtime.getRuntime().availableProcessors();
        long keepAliveNanos = Duration.ofMinutes(1).toNanos();
        int queueCapacity = 1_024;
        Saturation saturation = Saturation.block();
        TimeSource time = TimeSource.system();

        @Nullable
        BiConsumer<? super Runnable, ? super Throwable> failureHandler;

        long ageingNanos;
        long queueTimeoutNanos = Long.MAX_VALUE;
        long runTimeoutNanos = Long.MAX_VALUE;
        long slowNanos = Long.MAX_VALUE;
        boolean submitterStacks;
        Duration closeTimeout = Duration.ofMinutes(1);
        final List<ContextCarrier> carriers = new ArrayList<>(List.of(ContextCarrier.mdc()));
        final List<UnaryOperator<Runnable>> decorators = new ArrayList<>();
        final List<WorkerPoolListener> listeners = new ArrayList<>();
        private @Nullable ThreadFactory threads;
        private boolean virtual;
        private boolean daemon;

        private Builder(String name) {
            this.name = Objects.requireNonNull(name, "name");
        }

        ThreadFactory threads() {
            if (threads != null) {
                return threads;
            }
            return virtual
                    ? Thread.ofVirtual().name(name + "-", 1).factory()
                    : Thread.ofPlatform().daemon(daemon).name(name + "-", 1).factory();
        }

        /**
         * How many workers there are at least, once so many tasks have come; 0 by default.
         *
         * @param minWorkers not negative
         * @return this builder
         * @throws IllegalArgumentException if {@code minWorkers} is negative
         */
        public Builder minWorkers(int minWorkers) {
            this.minWorkers = (int) Checks.notNegative(minWorkers, "minWorkers");
            return this;
        }

        /**
         * How many workers there are at most; one per processor by default.
         *
         * @param maxWorkers at least 1
         * @return this builder
         * @throws IllegalArgumentException if {@code maxWorkers} is below 1
         */
        public Builder maxWorkers(int maxWorkers) {
            this.maxWorkers = Checks.positive(maxWorkers, "maxWorkers");
            return this;
        }

        /**
         * How long a worker above the minimum may be idle before it ends; a minute by default.
         *
         * @param keepAlive positive
         * @return this builder
         * @throws IllegalArgumentException if {@code keepAlive} is not positive
         */
        public Builder keepAlive(Duration keepAlive) {
            this.keepAliveNanos = Checks.saturatedNanos(Checks.positive(keepAlive, "keepAlive"));
            return this;
        }

        /**
         * How many tasks may wait for a worker; 1,024 by default.
         *
         * @param queueCapacity not negative; 0 hands each task directly to a worker
         * @return this builder
         * @throws IllegalArgumentException if {@code queueCapacity} is negative
         */
        public Builder queueCapacity(int queueCapacity) {
            this.queueCapacity = (int) Checks.notNegative(queueCapacity, "queueCapacity");
            return this;
        }

        /**
         * What happens when all workers are busy and the queue is full; the submitter waits by default.
         *
         * @param saturation the policy
         * @return this builder
         */
        public Builder saturation(Saturation saturation) {
            this.saturation = Objects.requireNonNull(saturation, "saturation");
            return this;
        }

        /**
         * Makes the workers virtual threads, for tasks that wait more than they compute. They are platform threads by
         * default, which keep the JVM alive until the pool is shut down.
         *
         * @return this builder
         */
        public Builder virtualWorkers() {
            this.virtual = true;
            this.threads = null;
            return this;
        }

        /**
         * Whether the pool's platform threads are daemons, which do not keep the JVM alive; they are not by default.
         *
         * @param daemon whether they are
         * @return this builder
         */
        public Builder daemon(boolean daemon) {
            this.daemon = daemon;
            return this;
        }

        /**
         * What makes the workers' threads.
         *
         * @param threads the factory; when it throws or returns null, the task that needed the thread waits for another
         *     worker, or is rejected if there is none
         * @return this builder
         */
        public Builder threadFactory(ThreadFactory threads) {
            this.threads = Objects.requireNonNull(threads, "threads");
            return this;
        }

        /**
         * The clock; {@link TimeSource#system()} by default.
         *
         * @param time the clock
         * @return this builder
         */
        public Builder timeSource(TimeSource time) {
            this.time = Objects.requireNonNull(time, "time");
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
        public Builder failureHandler(BiConsumer<? super Runnable, ? super Throwable> failureHandler) {
            this.failureHandler = Objects.requireNonNull(failureHandler, "failureHandler");
            return this;
        }

        /**
         * Whether what a task throws carries the stack of its submitter, as a suppressed exception; it does not by
         * default. Taking the stack costs microseconds for each task.
         *
         * @param submitterStacks whether it does
         * @return this builder
         */
        public Builder submitterStacks(boolean submitterStacks) {
            this.submitterStacks = submitterStacks;
            return this;
        }

        /**
         * Has tasks go first by {@linkplain TaskOptions#priority their priority}, and by the time that they have waited:
         * one level of priority is worth so much waiting, so that none waits for ever. Tasks of one priority go in
         * order. The queue has a lock then; without priorities it has none. When the {@linkplain
         * Saturation#discardOldest() oldest is discarded}, that is the oldest of the lowest priority.
         *
         * @param ageing how long a task has to wait to overtake one that is a level higher and comes then; a second
         *     is common
         * @return this builder
         * @throws IllegalArgumentException if {@code ageing} is not positive or above a day
         */
        public Builder priorities(Duration ageing) {
            Checks.positive(ageing, "ageing");
            if (ageing.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException("ageing must be at most a day, but is " + ageing);
            }
            this.ageingNanos = ageing.toNanos();
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
        public Builder queueTimeout(Duration timeout) {
            this.queueTimeoutNanos = Checks.saturatedNanos(Checks.positive(timeout, "timeout"));
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
        public Builder runTimeout(Duration timeout) {
            this.runTimeoutNanos = Checks.saturatedNanos(Checks.positive(timeout, "timeout"));
            return this;
        }

        /**
         * How long {@link WorkerPool#close()} waits for the tasks; a minute by default.
         *
         * @param timeout how long; zero stops them at once
         * @return this builder
         * @throws IllegalArgumentException if {@code timeout} is negative
         */
        public Builder closeTimeout(Duration timeout) {
            this.closeTimeout = Checks.notNegative(timeout, "timeout");
            return this;
        }

        /**
         * Wraps each task. The decorator is called by the submitter, the runnable that it returns by the worker, in the
         * context that was carried there. A later decorator is outside of the earlier ones. What it throws fails the
         * task, unless the task itself has ended; and so does not to run the task.
         *
         * @param decorator takes a task and returns what to run instead
         * @return this builder
         */
        public Builder decorator(UnaryOperator<Runnable> decorator) {
            decorators.add(Objects.requireNonNull(decorator, "decorator"));
            return this;
        }

        /**
         * Carries something else from the submitter to the worker, besides the diagnostic context of SLF4J, which is
         * carried by default.
         *
         * @param carrier what carries it
         * @return this builder
         */
        public Builder carry(ContextCarrier carrier) {
            carriers.add(Objects.requireNonNull(carrier, "carrier"));
            return this;
        }

        /**
         * Carries nothing from the submitter to the worker, not even the diagnostic context of SLF4J; what is added by
         * {@link #carry} after this is carried.
         *
         * @return this builder
         */
        public Builder carryNothing() {
            carriers.clear();
            return this;
        }

        /**
         * From when on a task is slow and the listener is told; never by default. It costs two readings of the clock for
         * each task.
         *
         * @param threshold how long a task may run without being slow, positive
         * @return this builder
         * @throws IllegalArgumentException if {@code threshold} is not positive
         */
        public Builder slowTaskThreshold(Duration threshold) {
            this.slowNanos = Checks.saturatedNanos(Checks.positive(threshold, "threshold"));
            return this;
        }

        /**
         * Adds a listener.
         *
         * @param listener is told of saturation, resizing and slow tasks
         * @return this builder
         */
        public Builder listener(WorkerPoolListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Builds the pool. No thread is started before there is a task.
         *
         * @return a new pool
         * @throws IllegalArgumentException if {@code minWorkers} is above {@code maxWorkers}, or there are priorities and
         *     the queue has no capacity
         */
        public WorkerPool build() {
            checkWorkers(minWorkers, maxWorkers);
            checkPriorities(queueCapacity, ageingNanos > 0);
            WorkerPool pool = new WorkerPool(this);
            pool.engine.facade(pool);
            return pool;
        }
    }
}

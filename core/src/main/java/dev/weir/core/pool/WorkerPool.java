package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An {@link java.util.concurrent.ExecutorService} with a bound on everything: workers, queue, and the time that closing
 * takes; and an account of every task.
 *
 * {@snippet file="dev/weir/core/pool/WorkerPoolSnippets.java" region="pool"}
 *
 * <p><b>Growth.</b> A task goes to an idle worker; if there is none and there are fewer than the maximum, to a new one;
 * only then into the queue. Workers above the minimum end when they have been idle for the keep-alive time. Workers and
 * queue can be resized at any time. Platform workers keep the JVM alive until the pool is shut down, unless they are
 * daemons; virtual ones do not.
 *
 * <p><b>Saturation.</b> When the queue is full as well, {@link Saturation} says what happens; by default the submitter
 * waits. If it is interrupted while it waits, it gets a {@link TaskRejectedException} caused by the
 * {@link InterruptedException}, because {@code execute} cannot throw that, and keeps its interrupt status; its task
 * never runs. ({@code invokeAll} and {@code invokeAny} throw the {@code InterruptedException} itself, and with a
 * timeout they end at the timeout also while they wait for room.)
 *
 * <p><b>The algorithm.</b> The queue is the bounded queue of Dmitry Vyukov, a ring whose slots have stamps, and is used
 * without a lock. Workers are woken as the Go scheduler wakes its threads: a submitter wakes one only if none is
 * searching, and a worker that finds a task wakes the next if there is more. Fair shares are self-clocked fair queueing
 * (Golestani, 1994).
 *
 * <p><b>Nothing is lost.</b> Every task runs, or is rejected or cancelled before it begins and then never runs; every
 * {@link Future} that this pool gives out completes, before the pool is terminated, also after {@link #shutdownNow}. A
 * {@code Future} that is handed to {@code execute} and then dropped (by {@code shutdownNow}, a discard, or a timeout in
 * the queue) is cancelled. What a task throws goes to the failure handler if the task was given to {@code execute}; if
 * it was submitted, it goes to the caller that asks the future, and to the handler if the future and the stages that
 * depend on it have become unreachable and have given it to nobody. The worker lives on.
 *
 * <p><b>Interrupts and context.</b> The interrupt of a cancel, or of a time limit, reaches the task's own code and
 * nothing else: not the next task, nor a stage that depends on it, nor the failure handler. A task runs in the context
 * that was captured when it was submitted, and leaves none behind in the worker. Workers inherit nothing from the
 * thread that made the pool grow, unless a thread factory of the user says otherwise.
 *
 * <p><b>A pool that waits for itself.</b> A task that waits with an untimed {@code get} or {@code join} for another
 * task of its own pool gets an {@link IllegalStateException} if that would bring the pool to a standstill: if all its
 * other workers already wait for tasks of the pool that have not ended, and there may be no more workers. So does a
 * task that waits for its own future, and one that calls {@code close}, {@code awaitTermination} or
 * {@code shutdown(Deadline)} of its own pool. A wait with a timeout is not refused, as it ends. Waits by other means
 * are not seen beforehand: a latch, {@link CompletableFuture#allOf}, a dependent stage, a fan-out or scope on the same
 * pool, circles through several pools. But if tasks are queued and none has begun for
 * {@linkplain WorkerPoolBuilder#stallThreshold the stall threshold}, while all workers wait for something, that is
 * logged at WARN with the workers' stacks, once, and reported to the listeners. A task that submits to its own full
 * pool never waits for room: see {@link Saturation}.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> A submission waits if the pool is full and its
 * saturation says so; {@code awaitTermination}, {@code shutdown(Deadline)}, {@code close}, {@code invokeAll} and
 * {@code invokeAny} wait for tasks. No other method does. <b>Fairness.</b> Tasks start in the order in which they were
 * accepted, unless the pool has priorities or fair shares. Submitters that wait for room are woken in the order in
 * which they came, one at a time, but one that comes just then may be quicker. <b>Interruption.</b> Only
 * {@code awaitTermination}, {@code shutdown(Deadline)}, {@code close}, {@code invokeAll}, {@code invokeAny} and a
 * submitter that waits for room react to an interrupt. <b>Memory effects.</b> What happens before a task is submitted
 * happens-before the task, and the task happens-before its future's {@code get} and the end of
 * {@code awaitTermination}.
 */
public final class WorkerPool extends AbstractExecutorService {
    private final String name;
    private final PoolEngine engine;
    private final PoolControl control;
    private final TaskFactory tasks;
    private final TimeSource time;
    private final Duration closeTimeout;

    WorkerPool(PoolSettings settings, PoolListeners listeners) {
        this.name = settings.name;
        this.engine = new PoolEngine(settings, listeners);
        this.control = engine.control;
        this.tasks = engine.tasks;
        this.time = settings.timeSource;
        this.closeTimeout = settings.closeTimeout;
        listeners.of(this);
    }

    /**
     * Starts to build a pool.
     *
     * @param name the name of the pool, and with a number of its threads
     * @return a builder
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public static WorkerPoolBuilder builder(String name) {
        return new WorkerPoolBuilder(name);
    }

    /**
     * Starts to build a pool for tasks that compute: a platform thread for each processor, and a queue of 1,024.
     *
     * @param name the name of the pool, and with a number of its threads
     * @return a builder, to change what should be different
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public static WorkerPoolBuilder cpuBound(String name) {
        int processors = Runtime.getRuntime().availableProcessors();
        return new WorkerPoolBuilder(name).minWorkers(processors).maxWorkers(processors);
    }

    /**
     * Starts to build a pool for tasks that wait, for a network say: up to 10,000 virtual threads, and a queue of
     * 1,024.
     *
     * @param name the name of the pool, and with a number of its threads
     * @return a builder, to change what should be different
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public static WorkerPoolBuilder ioBound(String name) {
        return new WorkerPoolBuilder(name).maxWorkers(10_000).virtualWorkers();
    }

    /**
     * Submits a task.
     *
     * @param task the task; what it throws goes to the failure handler
     * @throws TaskRejectedException if the pool is shut down, or saturated and its policy says so, or no thread could
     *     be started for it, or the calling thread was interrupted while it waited. The task never runs then
     */
    @Override
    public void execute(Runnable task) {
        engine.execute(Objects.requireNonNull(task, "task"));
    }

    /**
     * Submits a task.
     *
     * @param task the task; what it throws goes to the failure handler
     * @param options its options
     * @throws TaskRejectedException as for {@link #execute(Runnable)}
     */
    public void execute(Runnable task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        engine.accept(tasks.executed(task, Objects.requireNonNull(options, "options")));
    }

    @Override
    public Future<?> submit(Runnable task) {
        return submit(task, TaskOptions.none());
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Runnable task, T result) {
        Objects.requireNonNull(task, "task");
        PoolTask<T> future = tasks.future(Executors.callable(task, result), task, TaskOptions.none());
        engine.accept(future);
        return future;
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Callable<T> task) {
        return submit(task, TaskOptions.none());
    }

    /**
     * Submits a task.
     *
     * @param task the task
     * @param options its options
     * @return its future, with the value null in the end
     * @throws TaskRejectedException as for {@link #execute(Runnable)}
     */
    public Future<?> submit(Runnable task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(options, "options");
        PoolTask<?> future = tasks.future(Executors.callable(task), task, options);
        engine.accept(future);
        return future;
    }

    /**
     * Submits a task.
     *
     * @param task the task
     * @param options its options
     * @param <T> the type of its result
     * @return its future
     * @throws TaskRejectedException as for {@link #execute(Runnable)}
     */
    public <T extends @Nullable Object> Future<T> submit(Callable<T> task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(options, "options");
        PoolTask<T> future = tasks.future(task, task, options);
        engine.accept(future);
        return future;
    }

    /**
     * Submits a task, for a {@link CompletableFuture}. When that is cancelled or is completed in another way before the
     * task is done, by {@code orTimeout} for instance, the task is interrupted, or never runs. As with the JDK's,
     * stages that depend on a failed one get a {@link java.util.concurrent.CompletionException}.
     *
     * @param task the task
     * @param <T> the type of its result
     * @return its future; stages that depend on it run in the worker that completes it, or, if they are async, in the
     *     pool, unless they name another executor
     * @throws TaskRejectedException as for {@link #execute(Runnable)}
     */
    public <T extends @Nullable Object> CompletableFuture<T> supplyAsync(ThrowingSupplier<? extends T, ?> task) {
        return supplyAsync(task, TaskOptions.none());
    }

    /**
     * Submits a task, for a {@link CompletableFuture}; see {@link #supplyAsync(ThrowingSupplier)}.
     *
     * @param task the task
     * @param options its options
     * @param <T> the type of its result
     * @return its future
     * @throws TaskRejectedException as for {@link #execute(Runnable)}
     */
    public <T extends @Nullable Object> CompletableFuture<T> supplyAsync(
            ThrowingSupplier<? extends T, ?> task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(options, "options");
        return engine.supply(task, options);
    }

    /**
     * Submits a task that has no result, for a {@link CompletableFuture}; see {@link #supplyAsync(ThrowingSupplier)}.
     *
     * @param task the task
     * @return its future, with the value null in the end
     * @throws TaskRejectedException as for {@link #execute(Runnable)}
     */
    public CompletableFuture<@Nullable Void> runAsync(ThrowingRunnable<?> task) {
        return runAsync(task, TaskOptions.none());
    }

    /**
     * Submits a task that has no result, for a {@link CompletableFuture}; see {@link #supplyAsync(ThrowingSupplier)}.
     *
     * @param task the task
     * @param options its options
     * @return its future, with the value null in the end
     * @throws TaskRejectedException as for {@link #execute(Runnable)}
     */
    public CompletableFuture<@Nullable Void> runAsync(ThrowingRunnable<?> task, TaskOptions options) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(options, "options");
        return engine.run(task, options);
    }

    /**
     * Makes the future of a task that an {@link java.util.concurrent.ExecutorCompletionService} executes within
     * another.
     */
    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable task, T value) {
        return tasks.inner(Executors.callable(Objects.requireNonNull(task, "task"), value), task);
    }

    /**
     * Makes the future of a task that an {@link java.util.concurrent.ExecutorCompletionService} executes within
     * another.
     */
    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> task) {
        return tasks.inner(Objects.requireNonNull(task, "task"), task);
    }

    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks)
            throws InterruptedException {
        return new InvokeAll<T>(engine, tasks, Deadline.never()).run();
    }

    /** {@inheritDoc} It returns at the timeout also when the pool is full and the calling thread waits for room. */
    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(
            Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit) throws InterruptedException {
        return new InvokeAll<T>(engine, tasks, after(timeout, unit)).run();
    }

    /** {@inheritDoc} In a worker of this pool, the tasks are run one after the other by this worker itself. */
    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        try {
            return new InvokeAny<T>(engine, tasks, Deadline.never()).run();
        } catch (TimeoutException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * {@inheritDoc} It ends at the timeout also when the pool is full and the calling thread waits for room. In a
     * worker of this pool, the tasks are run one after the other by this worker itself.
     */
    @Override
    public <T extends @Nullable Object> T invokeAny(
            Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return new InvokeAny<T>(engine, tasks, after(timeout, unit)).run();
    }

    private Deadline after(long timeout, TimeUnit unit) {
        return Deadline.after(
                Duration.ofNanos(Objects.requireNonNull(unit, "unit").toNanos(timeout)), time);
    }

    /**
     * Begins no further task; those that run go on, and new ones are queued while there is room. A submitter that would
     * run its task itself, by {@link Saturation#callerRuns()}, waits for the end of the pause instead; a worker's own
     * task that finds the queue full runs what it submits also in a pause. {@code shutdown} ends the pause.
     */
    public void pause() {
        control.pause();
    }

    /** Ends a pause. */
    public void resume() {
        control.resume();
    }

    /**
     * Changes the number of workers. New ones are started if there is work for them; surplus workers end after their
     * current task. A worker that waits for a task of this pool counts, too; but while all that are left wait for tasks
     * that have not ended, there is one more, which runs those.
     *
     * @param minWorkers the number of workers that stay when they are idle
     * @param maxWorkers the highest number of workers, at most 2,097,151
     * @throws IllegalArgumentException if {@code minWorkers} is negative or above {@code maxWorkers}, or
     *     {@code maxWorkers} is below 1
     */
    public void resize(int minWorkers, int maxWorkers) {
        WorkerPoolBuilder.checkWorkers(minWorkers, maxWorkers);
        control.resizeWorkers(minWorkers, maxWorkers);
    }

    /**
     * Changes the number of tasks that may wait for a worker. If more do already, they stay.
     *
     * @param queueCapacity the number of tasks; 0 hands each task directly to a worker
     * @throws IllegalArgumentException if {@code queueCapacity} is negative, or 0 in a pool with priorities or fair
     *     shares
     */
    public void resizeQueue(int queueCapacity) {
        Checks.notNegative(queueCapacity, "queueCapacity");
        WorkerPoolBuilder.checkSorted(queueCapacity, control.isSorted());
        control.resizeQueue(queueCapacity);
    }

    /** Accepts no more tasks; the ones that were accepted run. Submitters that wait are rejected. Does not wait. */
    @Override
    public void shutdown() {
        control.shutdown();
    }

    /**
     * Accepts no more tasks, cancels those that have not begun and interrupts those that run. Does not wait. A task
     * whose worker is just being started has not begun.
     *
     * @return the tasks that had not begun; those that were submitted are futures, and cancelled
     */
    @Override
    public List<Runnable> shutdownNow() {
        return control.stop().neverStarted();
    }

    /**
     * Accepts no more tasks, waits for those that were accepted, and at the deadline cancels the ones that wait and
     * interrupts the ones that run. Those are not waited for. A pause ends.
     *
     * @param deadline how long to wait
     * @return what was cut short
     * @throws InterruptedException if the calling thread is interrupted before or while it waits; the pool stays shut
     *     down and its tasks go on
     * @throws IllegalStateException if a task of this pool calls it, which would wait for its own end; nothing changes
     */
    public ShutdownReport shutdown(Deadline deadline) throws InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        control.refuseOwnWorker("shutdown(Deadline)");
        control.shutdown();
        return control.awaitTermination(deadline) ? new ShutdownReport(List.of()) : control.stop();
    }

    /**
     * Shuts down and waits for the tasks that were accepted, for a minute or the
     * {@linkplain WorkerPoolBuilder#closeTimeout close timeout}, then cancels and interrupts what is left, and logs
     * that at WARN. If the calling thread is interrupted, that happens at once, and its interrupt status stays set. In
     * both cases, and unlike {@link java.util.concurrent.ExecutorService#close()}, it does not wait for the tasks that
     * it has interrupted.
     *
     * @throws IllegalStateException if a task of this pool calls it, which would wait for its own end; nothing changes
     */
    @Override
    public void close() {
        control.refuseOwnWorker("close");
        ShutdownReport report;
        try {
            report = shutdown(Deadline.after(closeTimeout, time));
        } catch (InterruptedException stop) {
            report = control.stop();
            Thread.currentThread().interrupt();
        }
        if (!report.isClean()) {
            logCut(report);
        }
    }

    private void logCut(ShutdownReport report) {
        Callbacks.run(
                PoolLog.LOG,
                "the log of " + name,
                () -> PoolLog.LOG.warn(
                        "{} was closed with {} tasks that never started and {} that were interrupted",
                        name,
                        report.neverStarted().size(),
                        report.interrupted().size()));
    }

    @Override
    public boolean isShutdown() {
        return control.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return control.isTerminated();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if a task of this pool calls it, which would wait for its own end
     */
    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return control.awaitTermination(after(timeout, unit));
    }

    /**
     * The name of the pool.
     *
     * @return as it was built with
     */
    public String name() {
        return name;
    }

    /**
     * Returns what the pool has done and is doing.
     *
     * @return a snapshot
     */
    public PoolMetrics metrics() {
        return control.metrics();
    }

    /**
     * Returns the pool's name and load.
     *
     * @return for instance {@code WorkerPool[parser, 4 workers, 4 active, 12 queued]}
     */
    @Override
    public String toString() {
        PoolMetrics now = metrics();
        return "WorkerPool[" + name + ", " + now.workers() + " workers, " + now.active() + " active, " + now.queued()
                + " queued]";
    }
}

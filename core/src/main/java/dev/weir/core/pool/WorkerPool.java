package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An {@link java.util.concurrent.ExecutorService} with a bound on everything: workers, queue, and the time that closing
 * takes.
 *
 * {@snippet file="dev/weir/core/pool/WorkerPoolSnippets.java" region="pool"}
 *
 * <p><b>Growth.</b> A task goes to an idle worker; if there is none and there are less than the maximum, to a new one;
 * only then into the queue. Workers above the minimum end when they have been idle for long enough.
 *
 * <p><b>Saturation.</b> When the queue is full as well, {@link Saturation} says what happens; by default the submitter
 * waits. Submitters that wait are served in the order in which they came. One that is interrupted while it waits gets a
 * {@link java.util.concurrent.RejectedExecutionException} caused by the {@link InterruptedException}, because {@code
 * execute} cannot throw that, and keeps its interrupt status; its task never runs. {@code invokeAll} and {@code
 * invokeAny} with a timeout wait for room as every submitter does, and so may take longer than that.
 *
 * <p><b>Nothing is lost.</b> Every task runs, or is rejected or cancelled before it begins and then never runs; every
 * {@link java.util.concurrent.Future} that this pool gives out completes, also after {@link #shutdownNow}. What a task
 * throws that was given to {@code execute} goes to the failure handler; the worker lives on, and its interrupt status
 * does not leak into the next task.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Fairness.</b> Tasks start in the order in which they were
 * accepted. <b>Memory effects.</b> What happens before a task is submitted happens-before the task, and the task
 * happens-before its future's {@code get} and the end of {@code awaitTermination}.
 */
public final class WorkerPool extends AbstractExecutorService {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofMinutes(1);

    private final PoolEngine engine;
    private final TimeSource time;

    private WorkerPool(Builder builder) {
        this.engine = new PoolEngine(builder);
        this.time = builder.time;
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
     * Hands a task in.
     *
     * @param task the task; what it throws goes to the failure handler
     * @throws java.util.concurrent.RejectedExecutionException if the pool is shut down, or saturated and its policy says
     *     so, or no thread could be started for it, or the calling thread was interrupted while it waited. The task
     *     never runs then
     */
    @Override
    public void execute(Runnable task) {
        engine.execute(Objects.requireNonNull(task, "task"));
    }

    /** Accepts no more tasks; the ones that were accepted run. Submitters that wait are rejected. Does not wait. */
    @Override
    public void shutdown() {
        engine.shutdown();
    }

    /**
     * Accepts no more tasks, cancels the ones in the queue and interrupts the ones that run. Does not wait.
     *
     * @return the tasks that were in the queue; those that were submitted are futures, and cancelled
     */
    @Override
    public List<Runnable> shutdownNow() {
        return engine.stop().neverStarted();
    }

    /**
     * Accepts no more tasks, waits for those that were accepted, and at the deadline cancels the ones in the queue and
     * interrupts the ones that run. Those are not waited for.
     *
     * @param deadline how long to wait
     * @return what was cut short
     * @throws InterruptedException if the calling thread is interrupted before or while it waits; the pool stays shut
     *     down and its tasks go on
     */
    public ShutdownReport shutdown(Deadline deadline) throws InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        engine.shutdown();
        return engine.awaitTermination(deadline) ? new ShutdownReport(List.of(), List.of()) : engine.stop();
    }

    /**
     * Shuts down and waits a minute for the tasks that were accepted, then cancels and interrupts what is left, and logs
     * that at WARN. If the calling thread is interrupted, that happens at once, and its interrupt status stays set.
     */
    @Override
    public void close() {
        ShutdownReport report;
        try {
            report = shutdown(Deadline.after(CLOSE_TIMEOUT, time));
        } catch (InterruptedException stop) {
            report = engine.stop();
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
        return engine.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return engine.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return engine.awaitTermination(Deadline.after(Duration.ofNanos(unit.toNanos(timeout)), time));
    }

    /**
     * What the pool has done and is doing.
     *
     * @return a snapshot of now
     */
    public PoolMetrics metrics() {
        return engine.metrics();
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
        Duration keepAlive = Duration.ofMinutes(1);
        int queueCapacity = 1_024;
        Saturation saturation = Saturation.block();
        ThreadFactory threads;
        TimeSource time = TimeSource.system();
        BiConsumer<? super Runnable, ? super Throwable> failureHandler;

        private Builder(String name) {
            this.name = Objects.requireNonNull(name, "name");
            this.threads = Thread.ofPlatform().name(name + "-", 1).factory();
            this.failureHandler = (task, failure) -> LOG.error("a task of {} failed: {}", name, task, failure);
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
            this.keepAlive = Checks.positive(keepAlive, "keepAlive");
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
            return threadFactory(Thread.ofVirtual().name(name + "-", 1).factory());
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
         * Who gets what an {@code execute}d task throws, in the worker; it is logged at ERROR by default. What the
         * handler itself throws is logged at ERROR.
         *
         * @param failureHandler takes the task and what it threw
         * @return this builder
         */
        public Builder failureHandler(BiConsumer<? super Runnable, ? super Throwable> failureHandler) {
            this.failureHandler = Objects.requireNonNull(failureHandler, "failureHandler");
            return this;
        }

        /**
         * Builds the pool. No thread is started before there is a task.
         *
         * @return a new pool
         * @throws IllegalArgumentException if {@code minWorkers} is above {@code maxWorkers}
         */
        public WorkerPool build() {
            if (minWorkers > maxWorkers) {
                throw new IllegalArgumentException(
                        "minWorkers must be at most maxWorkers, but is " + minWorkers + " above " + maxWorkers);
            }
            return new WorkerPool(this);
        }
    }
}

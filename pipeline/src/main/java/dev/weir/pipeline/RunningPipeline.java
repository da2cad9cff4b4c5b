package dev.weir.pipeline;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.sync.Gate;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Pipeline} that was started. It ends when its sources have ended and every element has come through, when a
 * stage fails, or when it is finished, drained, closed or aborted. An {@link OutOfMemoryError} in a stage fails the
 * pipeline, as each {@link Error} does; as a rule the end comes when there is memory again. But the end waits for all
 * threads of the pipeline, and the JDK may lose a virtual thread that it cannot continue for want of memory:
 * {@link #drain}, {@link #close} and {@link #awaitCompletion(Duration)} return all the same.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="finish"}
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@link #awaitCompletion()}, {@link #drain} and
 * {@link #close} wait for the end; nothing else waits. <b>Interruption.</b> Interrupting a thread that waits for
 * completion leaves the pipeline as it is, one that drains leaves the sources stopped; in {@code close} it aborts the
 * pipeline. <b>Fairness.</b> All threads that wait are woken at once. <b>Memory effects.</b> What all stages did
 * happens-before the return of a method that reports the end. <b>The end.</b> When a method has reported the end of the
 * pipeline, none of its code runs any more, its sources and sinks are closed if they can be, its metrics are final, and
 * it keeps no element but those that its failure names. The methods that wait for the end throw an
 * {@link IllegalStateException} in a function, a listener or a close that the pipeline itself calls, which would wait
 * for its own end, also where a function runs under a time limit or in an executor; to {@link #abort} there is fine.
 */
public final class RunningPipeline implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** How long an abort at the deadline of a drain is given to take effect. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final StopCause stop = new StopCause();

    /** Opened when the pipeline has ended. */
    private final Gate end;

    private final List<Boolean> isSource;

    // Until the end, and after it; written before the end is published by the gate, and volatile for those who look.
    volatile @Nullable PipelineRun run;
    private volatile List<StageMetrics> finalMetrics = List.of();

    private final Duration closeTimeout;
    private final CompletableFuture<@Nullable Void> completion = new CompletableFuture<>();

    private final Name name;

    RunningPipeline(
            Name name,
            List<StageSpec> sinks,
            TimeSource time,
            Duration closeTimeout,
            Contexts contexts,
            List<StageListener> listeners) {
        this.name = name;
        this.closeTimeout = closeTimeout;
        this.end = Gate.closed(time);
        PipelineRun starting = new PipelineRun(this, stop, sinks, time, contexts, listeners);
        end.named("the end of " + name + ", a pipeline of " + starting.stageNames());
        this.isSource = starting.sources();
        this.run = starting;
        starting.start();
    }

    /** The pipeline has ended, with these metrics. */
    void ended(List<StageMetrics> metrics) {
        finalMetrics = metrics;
        run = null;
        end.open();
        RuntimeException failure = stop.failure();
        if (failure == null) {
            completion.complete(null);
        } else {
            completion.completeExceptionally(failure);
        }
    }

    /**
     * The name that this was given by {@link Pipeline.Complete#name}, or else {@code pipeline-} with a number.
     *
     * @return the same name each time
     */
    public String name() {
        return name.toString();
    }

    /**
     * Stops reading the sources, for good, and lets what was read come through; then the pipeline has completed. Does
     * not wait. Sources are stopped as by {@link #drain}. Does nothing if the pipeline has ended.
     */
    public void finish() {
        PipelineRun running = run;
        if (running != null) {
            running.stopSources();
        }
    }

    /**
     * Reads no more from the sources until {@link #resume}; what was read comes through. A read that goes on now ends,
     * and its element comes through, too. A paused pipeline can be finished, drained, closed and aborted. Does not
     * wait, and does nothing if it is paused.
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="pause"}
     */
    public void pause() {
        PipelineRun running = run;
        if (running != null) {
            running.resumed.close();
        }
    }

    /** Reads the sources again after {@link #pause}. Does nothing if the pipeline is not paused. */
    public void resume() {
        PipelineRun running = run;
        if (running != null) {
            running.resumed.open();
        }
    }

    /**
     * Changes how many workers a parallel stage has. More begin at once; one that is superfluous finishes the element
     * that it has in hand, and in a stage by keys those that were set aside for it, and then ends. So for as long as
     * that takes there are more than asked for. No element is lost, comes twice or changes its order. Does not wait,
     * and does nothing if the pipeline has ended or the stage has all of its elements.
     *
     * <p>A stage that keeps the order of its elements can have as many workers as its window has places for results:
     * its {@link Pipeline#buffer}, or its workers at the start, if these are more. The window stays as it is.
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="parallelism"}
     *
     * @param stage the name of the stage, one that was given a parallelism: {@link Pipeline#mapParallel},
     *     {@link Pipeline#mapParallelOrdered}, {@link Pipeline#mapParallelByKey} or {@link Pipeline#toParallel}
     * @param workers how many from now on, at least 1
     * @throws IllegalArgumentException if there is no such stage, it works on one element after the other, or
     *     {@code workers} is below 1 or above what an ordered stage can have
     * @throws OutOfMemoryError if there are no more threads; the stage goes on with those that it has
     */
    public void parallelism(String stage, int workers) {
        Objects.requireNonNull(stage, "stage");
        Checks.positive(workers, "workers");
        PipelineRun running = run;
        if (running == null) {
            return;
        }
        Stage named = running.stage(stage);
        if (named == null) {
            throw new IllegalArgumentException("stage must be one of the pipeline's, but is " + stage);
        }
        if (!named.spec.parallel) {
            throw new IllegalArgumentException("stage " + stage + " works on one element after the other");
        }
        if (workers > named.maxWorkers()) {
            throw new IllegalArgumentException("workers of stage " + stage + " must be at most " + named.maxWorkers()
                    + ", the window of its order, but is " + workers);
        }
        running.threads.resize(named, workers);
    }

    /**
     * Stops the pipeline as soon as may be: no element is taken any more, and the functions that run are interrupted. A
     * source that is still being read a second later by the pipeline's clock is closed, if it is {@link AutoCloseable}.
     * Does not wait. Does nothing if the pipeline has ended.
     */
    public void abort() {
        PipelineRun running = run;
        if (running != null) {
            running.abort();
        }
    }

    /**
     * Waits until the pipeline has ended.
     *
     * @throws InterruptedException if the calling thread is interrupted before or while it waits
     * @throws PipelineException if a stage failed, with the stage, the element and the cause; up to ten more failures
     *     are suppressed in it
     * @throws CancellationException if the pipeline was aborted
     * @throws IllegalStateException if the calling thread runs code of the pipeline
     */
    public void awaitCompletion() throws InterruptedException {
        refuseOwnThreads();
        end.await();
        stop.throwUnlessCompleted();
    }

    /**
     * Waits until the pipeline has ended, for at most the timeout.
     *
     * @param timeout how long; zero or less does not wait
     * @return whether it has ended
     * @throws InterruptedException if the calling thread is interrupted before or while it waits
     * @throws PipelineException if a stage failed, with the stage, the element and the cause
     * @throws CancellationException if the pipeline was aborted
     * @throws IllegalStateException if the calling thread runs code of the pipeline
     */
    public boolean awaitCompletion(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        refuseOwnThreads();
        if (!end.await(timeout)) {
            return false;
        }
        stop.throwUnlessCompleted();
        return true;
    }

    /**
     * The end of the pipeline, for code that does not wait.
     *
     * @return a stage that is completed when the pipeline has ended: normally, or exceptionally, and then its
     *     dependents get a {@link java.util.concurrent.CompletionException} whose cause is what
     *     {@link #awaitCompletion()} throws. To complete or cancel a future made of it leaves the pipeline as it is.
     *     Dependents run in a thread of the pipeline that has nothing else left to do, or in the one that adds them
     */
    public CompletionStage<@Nullable Void> completion() {
        return completion.minimalCompletionStage();
    }

    private void refuseOwnThreads() {
        PipelineRun running = run;
        if (running != null && running.isCurrent()) {
            throw new IllegalStateException(
                    "a thread of the pipeline would wait for its own end; abort() does not wait");
        }
    }

    /**
     * Takes no more from the sources, lets what was taken come through, and aborts at the deadline what has not.
     *
     * <p>A source that waits for its next element is interrupted. What it throws then means its end; it is logged at
     * ERROR unless it is a known effect of an interrupt, such as {@link java.io.InterruptedIOException}. A source that
     * is still being read a second later by the pipeline's clock is closed, if it is {@link AutoCloseable}.
     *
     * <p>Returns when the pipeline has ended. But if a stage ignores the interrupt of the abort, this returns a second
     * after the deadline by the pipeline's clock, and logs the stuck workers with their stacks at WARN; the pipeline
     * ends when they do.
     *
     * @param deadline how long to let it go on
     * @return true if everything that was taken came through; false if it was aborted now or before, or had failed
     * @throws InterruptedException if the calling thread is interrupted before or while it waits; the sources stay
     *     stopped
     * @throws IllegalStateException if the calling thread runs code of the pipeline
     */
    public boolean drain(Deadline deadline) throws InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        refuseOwnThreads();
        PipelineRun running = run;
        if (running != null) {
            running.stopSources();
            if (!end.await(deadline.remaining())) {
                abortOrGiveUp(running);
            }
        }
        return !stop.isStopped();
    }

    /** Whether it was aborted by this. */
    private boolean abortOrGiveUp(PipelineRun running) throws InterruptedException {
        boolean cut = running.abort();
        if (!end.await(GRACE)) {
            running.threads.logStuck();
        }
        return cut;
    }

    /**
     * Takes no more from the sources, and waits for what was taken to come through, for a minute or the
     * {@linkplain Pipeline.Complete#closeTimeout close timeout}; then aborts, and logs at WARN that it did. Otherwise
     * as {@link #drain}: a stage that ignores the abort is given up a second later. If the calling thread is
     * interrupted, the pipeline is aborted at once, and the interrupt status stays set. {@link #abort} before this does
     * without the wait.
     *
     * @throws IllegalStateException if the calling thread runs code of the pipeline; nothing is stopped then
     */
    @Override
    public void close() {
        refuseOwnThreads();
        PipelineRun running = run;
        if (running == null) {
            return;
        }
        boolean interrupted = false;
        boolean cut = false;
        try {
            running.stopSources();
            if (!end.await(closeTimeout)) {
                cut = running.abort();
                abortOrGiveUp(running);
            }
        } catch (InterruptedException now) {
            interrupted = true;
            cut |= closeAtOnce(running);
        }
        if (cut) {
            long undelivered =
                    metrics().stream().mapToLong(StageMetrics::undelivered).sum();
            Callbacks.run(
                    LOG,
                    "the log of a pipeline",
                    () -> LOG.warn("a pipeline was closed and aborted, with {} elements undelivered", undelivered));
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean closeAtOnce(PipelineRun running) {
        boolean cut = running.abort();
        try {
            abortOrGiveUp(running);
        } catch (InterruptedException again) {
            running.threads.logStuck();
        }
        return cut;
    }

    /**
     * What the stages have done so far: in their order, the source first; where branches meet, one after the other, and
     * each stage after all that come before it.
     *
     * @return a snapshot; until the pipeline has ended, each number may be of a slightly different moment
     */
    public List<StageMetrics> metrics() {
        PipelineRun running = run;
        return running == null ? finalMetrics : running.metrics();
    }

    /**
     * Which stage holds the others up: the one whose workers were busy for the largest part of their time.
     *
     * @return a sentence, such as {@code fetch: its 5 workers were busy 93% of the time}; it goes on with {@code , and
     *     up to 16 elements waited before it} if any did, or {@code ; it mostly waits for the source} if the stage is
     *     idle for more than half of the time
     */
    public String bottleneck() {
        List<StageMetrics> stages = metrics();
        StageMetrics busiest = IntStream.range(0, stages.size())
                .filter(i -> !isSource.get(i))
                .mapToObj(stages::get)
                .max(Comparator.comparingDouble(StageMetrics::utilisation))
                .orElseThrow();
        String why = busiest.utilisation() < 0.5
                ? "; it mostly waits for the source"
                : busiest.peakQueued() == 0 ? "" : ", and up to " + busiest.peakQueued() + " elements waited before it";
        return String.format(
                Locale.ROOT,
                "%s: its %d %s busy %.0f%% of the time%s",
                busiest.name(),
                busiest.workers(),
                busiest.workers() == 1 ? "worker was" : "workers were",
                100 * busiest.utilisation(),
                why);
    }

    /**
     * The state and the stages, with how many elements each has taken in and put out.
     *
     * @return for instance {@code RunningPipeline[running, source 0 in 12 out, parse 11 in 9 out]}
     */
    @Override
    public String toString() {
        StringBuilder stages = new StringBuilder("RunningPipeline[")
                .append(name)
                .append(", ")
                .append(end.isOpen() ? "ended" : "running");
        for (StageMetrics stage : metrics()) {
            stages.append(", ")
                    .append(stage.name())
                    .append(' ')
                    .append(stage.in())
                    .append(" in ");
            stages.append(stage.out()).append(" out");
        }
        return stages.append(']').toString();
    }
}

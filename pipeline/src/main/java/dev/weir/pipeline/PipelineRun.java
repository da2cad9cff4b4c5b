package dev.weir.pipeline;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.sync.Gate;
import dev.weir.core.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machinery of a pipeline from its start to its end: stages, threads, listeners, and what is closed at the end. A
 * {@link RunningPipeline} lets go of it when it has ended, and with it of all elements.
 *
 * <p><b>The end always comes</b>, also when memory is short or a logger throws. What it needs is made at the start: the
 * thread "pipeline-end" waits for the last worker from then on, in which no interrupt reaches what is closed. A worker
 * that fails stops the pipeline first, without memory ({@link StopCause}); only then is the failure described or
 * logged. What throws an {@link OutOfMemoryError} on the way to the end is done again.
 */
final class PipelineRun {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
    private static final long RETRY_NANOS = 1_000_000;

    /** The pipeline whose code the current thread runs. */
    private static final ThreadLocal<@Nullable PipelineRun> CURRENT = new ThreadLocal<>();

    static {
        pause(); // a first call needs memory, and there may be none when it is needed
    }

    final StopCause stop;

    /** Closed while the sources are paused. */
    final Gate resumed;

    private final RunningPipeline owner;

    /** What was carried when the pipeline started, into all threads that its code runs in. */
    final ContextCarrier[] carriers;

    private final Contexts.Snapshot context;
    private final List<Stage> stages;
    final PipelineThreads threads;
    private final List<StageTicker> tickers = new ArrayList<>();
    private final Resources resources;

    @SuppressWarnings("UnnecessaryLambda") // made at the start: the end must not need to allocate
    private final Runnable endSurely = this::endSurely;

    private volatile boolean ended;

    PipelineRun(
            RunningPipeline owner,
            StopCause stop,
            List<StageSpec> sinks,
            TimeSource time,
            Contexts contexts,
            List<StageListener> listeners) {
        this.owner = owner;
        this.carriers = contexts.carriers();
        this.context = Contexts.of(List.of(carriers)).capture();
        this.stop = stop;
        this.resumed = Gate.opened(time).named("the end of a pause of a pipeline");
        this.stages = new StageGraph(this, time).build(sinks);
        this.threads = new PipelineThreads(stages, this::end);
        for (StageListener listener : listeners) {
            tickers.add(listener.ticker(this, owner, stages, time));
        }
        this.resources = new Resources(this, stages);
    }

    void start() {
        boolean complete = false;
        try {
            threads.start();
            tickers.forEach(StageTicker::start);
            complete = true;
        } finally {
            if (!complete) { // out of threads: end those that were started, and let the caller know
                abort();
            }
        }
    }

    // ---- the end

    private void end() {
        threads.awaitLast();
        runInContext(endSurely);
    }

    private void endSurely() {
        for (boolean over = false; !over; ) {
            try {
                over = ends();
                if (!over) {
                    pause();
                }
            } catch (Throwable shortOfMemory) {
                // again
            }
        }
    }

    /** Between two attempts to do what needs memory. Throws nothing. */
    static void pause() {
        try {
            LockSupport.parkNanos(RETRY_NANOS);
        } catch (Throwable shortOfMemory) {
            Thread.onSpinWait();
        }
    }

    /** Each step may be repeated. */
    private boolean ends() {
        try {
            abortStages(); // a sender may have filled the place that it had claimed
            resources.closeAll();
            failIfUnbalanced();
            stop.complete();
            ended = true;
            for (int i = 0; i < tickers.size(); i++) {
                tickers.get(i).end();
            }
            for (int i = 0; i < tickers.size(); i++) {
                tickers.get(i).awaitLastCall();
            }
            owner.ended(finalMetrics());
            return true;
        } catch (Throwable shortOfMemory) {
            return false;
        }
    }

    private List<StageMetrics> finalMetrics() {
        try {
            return metrics();
        } catch (OutOfMemoryError shortOfMemory) {
            throw shortOfMemory;
        } catch (Throwable broken) { // the TimeSource
            Callbacks.error(LOG, "the times in the metrics of a pipeline are not known, and are zero", broken);
            return stages.stream().map(stage -> stage.metrics(false)).toList();
        }
    }

    private void abortStages() {
        if (stop.isStopped()) {
            for (int i = stages.size() - 1; i >= 0; i--) {
                stages.get(i).abort();
            }
        }
    }

    /** Never reports a normal end with an element unaccounted for. */
    private void failIfUnbalanced() {
        for (int i = 0; i < stages.size() && !stop.isStopped(); i++) {
            Stage stage = stages.get(i);
            if (stage.unaccounted() != 0) {
                String elements = stage.unaccounted() + " elements";
                Throwable cause = new IllegalStateException("elements are not accounted for");
                stopAndReport(stop.failAtEnd(stage.name, elements, cause), stage.name, elements, cause);
            }
        }
    }

    // ---- stopping

    boolean isStopped() {
        return stop.isStopped();
    }

    boolean hasEnded() {
        return ended;
    }

    /** Stops the pipeline because of this, or keeps it beside what has done so. Throws nothing. */
    void fail(String stage, Object element, Throwable cause) {
        stopAndReport(stop.fail(stage, element, cause), stage, element, cause);
    }

    private void stopAndReport(boolean stops, String stage, Object element, Throwable cause) {
        if (stops) {
            stopWorkers();
            if (cause instanceof VirtualMachineError) {
                threads.startNudging(this::hasEnded);
            }
        }
        stop.report(stage, element, cause);
    }

    /** False if it was stopped or had completed before. */
    boolean abort() {
        boolean first = stop.abort();
        if (first) {
            stopWorkers();
        }
        return first;
    }

    /**
     * The buffers first: a worker whose function swallows the interrupt then finds them ended. The last first, so that
     * nothing comes through any more that would not have come without this.
     */
    private void stopWorkers() {
        for (int i = stages.size() - 1; i >= 0; ) {
            try {
                stages.get(i).abort();
                i--;
            } catch (OutOfMemoryError shortOfMemory) {
                pause();
            }
        }
        threads.interrupt();
        for (int i = 0; i < stages.size(); ) {
            try {
                if (stages.get(i) instanceof SourceReader source) {
                    source.closeIfStuck();
                }
                i++;
            } catch (OutOfMemoryError shortOfMemory) {
                pause();
            }
        }
    }

    /** Reads no more from the sources. */
    void stopSources() {
        for (Stage stage : stages) {
            if (stage instanceof SourceReader source) {
                source.stop();
            }
        }
    }

    void closeEarly(Object resource) {
        resources.closeEarly(resource);
    }

    // ---- what there is to see

    List<StageMetrics> metrics() {
        return stages.stream().map(stage -> stage.metrics(true)).toList();
    }

    /** Of each stage, in the order of the metrics, whether it is a source. */
    List<Boolean> sources() {
        return stages.stream().map(stage -> stage instanceof SourceReader).toList();
    }

    String stageNames() {
        return Stage.names(stages);
    }

    /** The stage of this name; null if there is none. */
    @Nullable
    Stage stage(String name) {
        for (Stage stage : stages) {
            if (stage.name.equals(name)) {
                return stage;
            }
        }
        return null;
    }

    // ---- which threads run its code

    /** The body of a worker: its thread runs code of this pipeline, in its context. Throws what a carrier throws. */
    void runInContext(StageWorker worker, Contexts.Action<InterruptedException> body) throws InterruptedException {
        CURRENT.set(this);
        worker.context = context.install();
        context.surroundRun(body);
    }

    /**
     * The body of another thread of this pipeline, which throws nothing, and may be run again. It is run in any case:
     * without the context if a carrier fails, or memory is short.
     */
    void runInContext(Runnable body) {
        try {
            CURRENT.set(this);
            context.runSurely(body);
        } catch (Throwable shortOfMemory) {
            body.run();
        }
    }

    /** Runs code of this pipeline in a thread that may be somebody else's. */
    <R extends @Nullable Object> R within(ThrowingSupplier<R, ?> code) throws Throwable {
        PipelineRun before = CURRENT.get();
        CURRENT.set(this);
        try {
            return code.get();
        } finally {
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        }
    }

    /** Whether the current thread runs code of this pipeline, whose end it would wait for without end. */
    boolean isCurrent() {
        return CURRENT.get() == this || threads.isEnd(Thread.currentThread());
    }
}

package dev.weir.pipeline;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.TraceException;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.sync.Gate;
import dev.weir.core.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
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
    private static final long NUDGE_NANOS = 200_000_000;
    private static final int MAX_NUDGES = 100_000;

    static {
        pause(); // a first call needs memory, and there may be none when it is needed
    }

    final StopCause stop;

    /** Closed while the sources are paused. */
    final Gate resumed;

    private final RunningPipeline owner;
    private final Contexts.Snapshot context = Contexts.byDefault().capture();
    private final List<Stage> stages;
    private final List<StageWorker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<StageTicker> tickers = new ArrayList<>();
    private final Resources resources;
    private final Thread end = Threads.virtual("pipeline-end", this::end);
    private final AtomicInteger alive = new AtomicInteger();

    @SuppressWarnings("UnnecessaryLambda") // made at the start: the end must not need to allocate
    private final BooleanSupplier noneAlive = () -> alive.get() == 0;

    private volatile boolean ended;

    PipelineRun(
            RunningPipeline owner,
            StopCause stop,
            List<StageSpec> sinks,
            TimeSource time,
            List<StageListener> listeners) {
        this.owner = owner;
        this.stop = stop;
        this.resumed = Gate.opened(time);
        this.stages = new StageGraph(this, time).build(sinks);
        for (Stage stage : stages) {
            for (int i = 0; i < stage.workers.size(); i++) {
                StageWorker worker = stage.workers.get(i);
                workers.add(worker);
                threads.add(thread(stage, i + 1, worker));
            }
        }
        for (StageListener listener : listeners) {
            tickers.add(listener.ticker(owner, stages, time, context));
        }
        this.resources = new Resources(this, stages);
    }

    private Thread thread(Stage stage, int number, StageWorker worker) {
        String name = stage.name + "-" + number;
        Runnable body = () -> {
            try {
                stage.work(worker, context);
            } finally {
                oneEnded(1);
            }
        };
        return stage.spec.platform ? Threads.platform(name, body) : Threads.virtual(name, body);
    }

    void start() {
        alive.set(threads.size());
        oneEnded(0); // a first call needs memory, and the worker that makes it would be waited for without end
        end.start();
        int started = 0;
        boolean complete = false;
        try {
            for (Thread thread : threads) {
                thread.start();
                started++;
            }
            tickers.forEach(StageTicker::start);
            complete = true;
        } finally {
            if (!complete) { // out of threads: end those that were started, and let the caller know
                abort();
            }
            if (started < threads.size()) {
                oneEnded(threads.size() - started);
            }
        }
    }

    private void oneEnded(int threadsThatEnd) {
        boolean last = alive.addAndGet(-threadsThatEnd) == 0;
        while (last) {
            try {
                LockSupport.unpark(end);
                last = false;
            } catch (OutOfMemoryError shortOfMemory) {
                pause();
            }
        }
    }

    // ---- the end

    private void end() {
        while (!noneAlive.getAsBoolean()) {
            try {
                Waiter.awaitUninterruptibly(noneAlive, this, Deadline.never());
            } catch (Throwable shortOfMemory) {
                pause();
            }
        }
        try {
            context.install(); // the thread ends with it
        } catch (Throwable broken) { // a context carrier, or out of memory: the end comes all the same
            Callbacks.error(LOG, "the end of a pipeline has no context", broken);
        }
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
            owner.ended(metrics());
            return true;
        } catch (OutOfMemoryError shortOfMemory) {
            return false;
        } catch (Throwable broken) { // the TimeSource, when the metrics ask for the time
            Callbacks.error(LOG, "the metrics of a pipeline are not final", broken);
            owner.ended(null);
            return true;
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
                fail(
                        stage.name,
                        stage.unaccounted() + " elements",
                        new IllegalStateException("elements are not accounted for"));
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
        if (stop.fail(stage, element, cause)) {
            stopWorkers();
            if (cause instanceof VirtualMachineError) {
                startNudging();
            }
        }
        stop.report(stage, element, cause);
    }

    /**
     * When memory is short, the JDK may fail to queue a virtual thread that it has marked as unparked, which then never
     * runs again, and no further unpark helps (seen on JDK 25). To ask for such a thread's stack queues it again. So a
     * platform thread asks at intervals, until the end.
     */
    private void startNudging() {
        for (boolean started = false; !started; ) {
            try {
                Threads.daemon("pipeline-nudge", this::nudge).start();
                started = true;
            } catch (OutOfMemoryError shortOfMemory) {
                pause();
            }
        }
    }

    private void nudge() {
        for (int i = 0; i < MAX_NUDGES && !ended; i++) {
            try {
                LockSupport.parkNanos(NUDGE_NANOS);
                for (int k = 0; k < threads.size(); k++) {
                    threads.get(k).getStackTrace(); // which queues a thread again that should run and does not
                }
                end.getStackTrace();
            } catch (Throwable shortOfMemory) {
                pause();
            }
        }
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
        for (int i = 0; i < workers.size(); ) {
            try {
                workers.get(i).interrupt();
                i++;
            } catch (OutOfMemoryError shortOfMemory) {
                pause();
            }
        }
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
        return stages.stream().map(Stage::metrics).toList();
    }

    /** Of each stage, in the order of the metrics, whether it is a source. */
    List<Boolean> sources() {
        return stages.stream().map(stage -> stage instanceof SourceReader).toList();
    }

    /** Whether a thread is one of the pipeline's own, which would wait for itself. */
    boolean owns(Thread thread) {
        return thread == end || threads.contains(thread) || tickers.stream().anyMatch(ticker -> ticker.runsIn(thread));
    }

    /** Logs the workers that have not ended although they were interrupted, with their stacks. */
    void logStuck() {
        for (Thread thread : threads) {
            if (thread.isAlive()) {
                Throwable stack = new TraceException("where it is", false);
                stack.setStackTrace(thread.getStackTrace());
                LOG.warn("worker {} of an aborted pipeline ignores its interrupt", thread.getName(), stack);
            }
        }
    }
}

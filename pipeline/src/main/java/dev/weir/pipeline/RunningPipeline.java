package dev.weir.pipeline;

import dev.weir.core.Deadline;
import dev.weir.core.sync.Gate;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Pipeline} that was started. It ends when its sources have ended and every element has come through, when a
 * stage fails, or when it is drained or aborted.
 *
 * <p>Thread-safe. Interrupting a thread that waits here leaves the pipeline as it is. When a method has told that the
 * pipeline has ended, none of its code runs any more, its sources and sinks are closed if they can be, and its metrics
 * are final. So do not wait here in the code of a stage or a listener; to {@link #abort} there is fine.
 */
public final class RunningPipeline implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
    private static final int MOST_SUPPRESSED = 10;

    private final List<Stage> stages;
    private final List<StageTicker> tickers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger alive = new AtomicInteger();

    /** Opened when the pipeline has ended. */
    private final Gate end;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable PipelineException failure; // guarded by the lock, as is every change of the next two
    private volatile boolean stopped;
    private volatile boolean ended;

    RunningPipeline(List<StageSpec> sinks, TimeSource time, List<StageListener> listeners) {
        this.end = Gate.closed(time);
        this.stages = new StageGraph(this, time).build(sinks);
        for (Stage stage : stages) {
            int number = 0;
            for (WorkerStats worker : stage.workers) {
                number++;
                threads.add(thread(stage.spec.name + "-" + number, stage.spec.platform, () -> stage.work(worker)));
            }
        }
        for (StageListener listener : listeners) {
            tickers.add(listener.ticker(this, stages, time));
        }
        start();
    }

    private Thread thread(String name, boolean platform, Runnable body) {
        Runnable accounted = () -> {
            try {
                body.run();
            } finally {
                oneEnded(1);
            }
        };
        return platform
                ? Thread.ofPlatform().name(name).unstarted(accounted)
                : Thread.ofVirtual().name(name).unstarted(accounted);
    }

    private void start() {
        alive.set(threads.size());
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
        if (alive.addAndGet(-threadsThatEnd) == 0) {
            Thread.ofVirtual().name("pipeline-end").start(this::finish);
        }
    }

    /** In a thread that is none of the workers, so that no interrupt reaches what is closed here. */
    private void finish() {
        if (stopped) {
            stages.forEach(Stage::abort); // a sender may have filled the place that it had claimed
        }
        Set<Object> closed = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Stage stage : stages) {
            for (Object resource : stage.spec.resources()) {
                if (resource instanceof AutoCloseable closeable && closed.add(resource)) {
                    close(closeable, stage);
                }
            }
        }
        lock.lock();
        try {
            ended = true;
        } finally {
            lock.unlock();
        }
        tickers.forEach(StageTicker::end);
        tickers.forEach(StageTicker::awaitLastCall);
        end.open();
    }

    private void close(AutoCloseable resource, Stage stage) {
        try {
            resource.close();
        } catch (Throwable broken) {
            fail(new StageFailure(stage.spec.name, "its close", broken));
        }
        Thread.interrupted(); // its own affair
    }

    boolean isStopped() {
        return stopped;
    }

    boolean hasEnded() {
        return ended;
    }

    /** Stops the pipeline because of this, or adds it to what has done so. */
    void fail(StageFailure reason) {
        PipelineException exception = new PipelineException(reason);
        lock.lock();
        try {
            if (failure != null || stopped) {
                addOrLog(exception);
                return;
            }
            failure = exception;
            stopped = true;
        } finally {
            lock.unlock();
        }
        stopThreads();
    }

    /** Requires the lock. */
    private void addOrLog(PipelineException exception) {
        if (failure != null && !ended && failure.getSuppressed().length < MOST_SUPPRESSED) {
            failure.addSuppressed(exception);
        } else {
            LOG.error("the pipeline had been stopped already when this happened, too", exception);
        }
    }

    /**
     * Stops the pipeline as soon as may be: no element is taken any more, and the functions that run are interrupted.
     * Does not wait for them. Does nothing if the pipeline has ended.
     */
    public void abort() {
        lock.lock();
        try {
            if (stopped || ended) {
                return;
            }
            stopped = true;
        } finally {
            lock.unlock();
        }
        stopThreads();
    }

    /**
     * The links first: a worker whose function swallows the interrupt then finds them ended. The last first, so that
     * nothing comes through any more that would not have come without this.
     */
    private void stopThreads() {
        stages.reversed().forEach(Stage::abort);
        threads.forEach(Thread::interrupt);
    }

    /**
     * Waits until the pipeline has ended.
     *
     * @throws InterruptedException if the calling thread is interrupted before or while it waits
     * @throws PipelineException if a stage failed, with the stage, the element and the cause; up to ten more failures are
     *     suppressed in it
     * @throws CancellationException if the pipeline was aborted
     */
    public void awaitCompletion() throws InterruptedException {
        end.await();
        throwUnlessCompleted();
    }

    /**
     * Waits until the pipeline has ended, for so long at most.
     *
     * @param timeout how long
     * @return whether it has ended
     * @throws InterruptedException if the calling thread is interrupted before or while it waits
     * @throws PipelineException if a stage failed, with the stage, the element and the cause
     * @throws CancellationException if the pipeline was aborted
     */
    public boolean awaitCompletion(Duration timeout) throws InterruptedException {
        if (!end.await(timeout)) {
            return false;
        }
        throwUnlessCompleted();
        return true;
    }

    private void throwUnlessCompleted() {
        lock.lock();
        try {
            if (failure != null) {
                throw failure;
            }
            if (stopped) {
                throw new CancellationException("the pipeline was aborted");
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes no more from the sources, lets what was taken come through, and aborts at the deadline what has not. Returns
     * when the pipeline has ended.
     *
     * @param deadline how long to let it go on
     * @return true if everything that was taken came through; false if it was aborted now or before, or had failed
     * @throws InterruptedException if the calling thread is interrupted before or while it waits; the sources stay
     *     stopped
     */
    public boolean drain(Deadline deadline) throws InterruptedException {
        for (Stage stage : stages) {
            if (stage instanceof SourceReader source) {
                source.stop();
            }
        }
        if (!end.await(deadline.remaining())) {
            abort();
            end.await();
        }
        return !stopped;
    }

    /** Aborts and waits until the pipeline has ended. An interrupt meanwhile does not shorten that, and stays set. */
    @Override
    public void close() {
        abort();
        boolean interrupted = false;
        while (true) {
            try {
                end.await();
                break;
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * What the stages have done so far: in their order, the source first; where branches meet, one after the other, and
     * each stage after all that come before it.
     *
     * @return a snapshot, of each number at a moment of its own until the pipeline has ended
     */
    public List<StageMetrics> metrics() {
        return stages.stream().map(Stage::metrics).toList();
    }

    /**
     * Which stage holds the others up: the one whose workers were busy for the largest part of their time.
     *
     * @return a sentence, such as {@code fetch: its 5 workers were busy 93% of the time}; it goes on with {@code , and up
     *     to 16 elements waited before it} if any did, or {@code ; it mostly waits for the source} if the stage is idle
     *     for more than half of the time
     */
    public String bottleneck() {
        StageMetrics busiest = stages.stream()
                .filter(stage -> stage.spec.kind != StageSpec.Kind.SOURCE)
                .map(Stage::metrics)
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
}

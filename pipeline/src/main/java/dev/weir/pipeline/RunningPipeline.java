package dev.weir.pipeline;

import dev.weir.core.Deadline;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Pipeline} that was started. It ends when its source has ended and every element has come through, when a
 * stage fails, or when it is drained or aborted.
 *
 * <p>Thread-safe. Interrupting a thread that waits here leaves the pipeline as it is. When a method has told that the
 * pipeline has ended, none of its code runs any more, and its source is closed.
 */
public final class RunningPipeline implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private final List<Stage> stages = new ArrayList<>();
    private final SourceReader source;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger alive = new AtomicInteger();

    /** Carries nothing; it is closed when the pipeline has ended. */
    private final Channel<Object> end;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable PipelineException failure; // guarded by the lock, as is every change of the next
    private volatile boolean stopped;

    RunningPipeline(Iterable<?> elements, List<StageSpec> specs, TimeSource time) {
        this.end = Channel.bounded(1, time);
        Stage next = null;
        for (StageSpec spec : specs.reversed()) {
            next = new Stage(spec, next, this, time);
            stages.addFirst(next);
        }
        this.source = new SourceReader(elements, Objects.requireNonNull(next).input, this, time);
        threads.add(thread("source", false, source::read));
        for (Stage stage : stages) {
            for (int worker = 1; worker <= stage.spec.workers(); worker++) {
                threads.add(thread(stage.spec.name() + "-" + worker, stage.spec.platform(), stage::work));
            }
        }
        alive.set(threads.size());
        start();
    }

    private Thread thread(String name, boolean platform, Runnable body) {
        Runnable accounted = () -> {
            try {
                body.run();
            } finally {
                oneEnded();
            }
        };
        return platform
                ? Thread.ofPlatform().name(name).unstarted(accounted)
                : Thread.ofVirtual().name(name).unstarted(accounted);
    }

    private void start() {
        int started = 0;
        try {
            for (Thread thread : threads) {
                thread.start();
                started++;
            }
        } finally {
            if (started < threads.size()) { // out of threads: end those that were started, and let the caller know
                abort();
                for (int i = started; i < threads.size(); i++) {
                    oneEnded();
                }
            }
        }
    }

    private void oneEnded() {
        if (alive.decrementAndGet() == 0) {
            countWhatIsLeft();
            source.close();
            end.close();
        }
    }

    private void countWhatIsLeft() {
        for (Stage stage : stages) {
            stage.countWhatIsLeft(stage.input.abort().size());
        }
    }

    boolean isStopped() {
        return stopped;
    }

    void fail(StageFailure reason) {
        PipelineException exception = new PipelineException(reason);
        lock.lock();
        try {
            if (stopped) {
                LOG.error("the pipeline had ended already when this happened, too", exception);
                return;
            }
            failure = exception;
            stopped = true;
        } finally {
            lock.unlock();
        }
        stopThreads();
    }

    /**
     * Stops the pipeline as soon as may be: no element is taken any more, and the functions that run are interrupted.
     * Does not wait for them. Does nothing if the pipeline has ended.
     */
    public void abort() {
        lock.lock();
        try {
            if (stopped || end.isClosed()) {
                return;
            }
            stopped = true;
        } finally {
            lock.unlock();
        }
        stopThreads();
    }

    /** The channels first: a worker whose function swallows the interrupt then finds them ended. */
    private void stopThreads() {
        countWhatIsLeft();
        threads.forEach(Thread::interrupt);
    }

    /**
     * Waits until the pipeline has ended.
     *
     * @throws InterruptedException if the calling thread is interrupted before or while it waits
     * @throws PipelineException if a stage failed, with the stage, the element and the cause
     * @throws CancellationException if the pipeline was aborted
     */
    public void awaitCompletion() throws InterruptedException {
        end.next();
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
        if (!awaitEnd(timeout)) {
            return false;
        }
        throwUnlessCompleted();
        return true;
    }

    private boolean awaitEnd(Duration timeout) throws InterruptedException {
        try {
            end.tryReceive(timeout);
            return false;
        } catch (ChannelClosedException ended) {
            return true;
        }
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
     * Takes no more from the source, lets what was taken come through, and aborts at the deadline what has not. Returns
     * when the pipeline has ended.
     *
     * @param deadline how long to let it go on
     * @return true if everything that was taken came through; false if it was aborted now or before, or had failed
     * @throws InterruptedException if the calling thread is interrupted before or while it waits; the source stays
     *     stopped
     */
    public boolean drain(Deadline deadline) throws InterruptedException {
        source.stop();
        if (!awaitEnd(deadline.remaining())) {
            abort();
            end.next();
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
                end.next();
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
     * What the stages have done so far, in their order, the source first.
     *
     * @return a snapshot, of each number at a moment of its own until the pipeline has ended
     */
    public List<StageMetrics> metrics() {
        List<StageMetrics> all = new ArrayList<>();
        all.add(source.metrics());
        stages.forEach(stage -> all.add(stage.metrics()));
        return List.copyOf(all);
    }

    /**
     * Which stage holds the others up: the one whose workers were busy for the largest part of their time.
     *
     * @return a sentence, such as {@code fetch: its 5 workers were busy 93% of the time}
     */
    public String bottleneck() {
        StageMetrics busiest = stages.stream()
                .map(Stage::metrics)
                .max(Comparator.comparingDouble(StageMetrics::utilisation))
                .orElseThrow();
        return String.format(
                Locale.ROOT,
                "%s: its %d %s busy %.0f%% of the time",
                busiest.name(),
                busiest.workers(),
                busiest.workers() == 1 ? "worker was" : "workers were",
                100 * busiest.utilisation());
    }
}

package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A stage at work: its workers, the link that they take from, and the links of the next stages. When the last worker has
 * ended it sends no more. What its workers took and did not account for otherwise, when all is over, is undelivered.
 */
abstract class Stage {
    final StageSpec spec;
    final RunningPipeline pipeline;
    final TimeSource time;
    final List<WorkerStats> workers;
    final List<StageBuffer> outlets = new ArrayList<>();

    /** Null for a source. */
    final @Nullable StageBuffer input;

    private final AtomicInteger running;
    private final ReentrantLock aborting = new ReentrantLock();
    private final AtomicLong leftBehind = new AtomicLong();

    Stage(StageSpec spec, @Nullable StageBuffer input, RunningPipeline pipeline, TimeSource time) {
        this.spec = spec;
        this.input = input;
        this.pipeline = pipeline;
        this.time = time;
        this.running = new AtomicInteger(spec.workers);
        this.workers = IntStream.range(0, spec.workers)
                .mapToObj(i -> new WorkerStats(time))
                .toList();
    }

    /** Takes, works and passes on, until there is no more. */
    abstract void run(WorkerStats worker) throws InterruptedException;

    /** The body of a worker's thread. */
    final void work(WorkerStats worker) {
        try {
            worker.starts();
            run(worker);
        } catch (Throwable failure) {
            // When the pipeline was stopped, whoever stopped it knows why.
            if (!pipeline.isStopped() || !(failure instanceof InterruptedException)) {
                pipeline.fail(new StageFailure(spec.name, "an element that was under way", failure));
            }
        } finally {
            ends(worker);
            if (running.decrementAndGet() == 0) {
                outlets.forEach(StageBuffer::senderEnded);
            }
        }
    }

    private void ends(WorkerStats worker) {
        try {
            worker.ends();
        } catch (Throwable broken) { // the clock is; the next stages must learn of the end all the same
            pipeline.fail(new StageFailure(spec.name, "the time of its end", broken));
        }
    }

    /** Takes the next element, waiting for it; null at the end. */
    final @Nullable Object take(WorkerStats worker, StageBuffer from) throws InterruptedException {
        Object item = from.take(worker);
        if (item != null) {
            worker.add(WorkerStats.IN, 1);
        }
        return item;
    }

    /** Clears what user code has left behind. An interrupt because the pipeline was stopped stays, for what comes next. */
    final void clearInterrupt() {
        if (Thread.interrupted() && pipeline.isStopped()) {
            Thread.currentThread().interrupt();
        }
    }

    final void emit(int outlet, Object item, WorkerStats worker) throws InterruptedException {
        outlets.get(outlet).send(item, worker);
        worker.add(WorkerStats.EMITTED, 1);
    }

    /** After the pipeline was stopped: what is before this stage will not be taken. */
    final void abort() {
        if (input == null) {
            return;
        }
        aborting.lock(); // so that who comes second finds all counted
        try {
            leftBehind.addAndGet(input.abort(new WorkerStats(time)));
        } finally {
            aborting.unlock();
        }
    }

    final long sum(int what) {
        return workers.stream().mapToLong(worker -> worker.get(what)).sum();
    }

    /** Grows whenever something moves. */
    final long moves() {
        return sum(WorkerStats.IN)
                + sum(WorkerStats.OUT)
                + sum(WorkerStats.EMITTED)
                + sum(WorkerStats.SKIPPED)
                + sum(WorkerStats.DEAD_LETTERED);
    }

    final boolean isBusy() {
        return workers.stream().anyMatch(WorkerStats::isBusy);
    }

    final StageMetrics metrics() {
        boolean over = pipeline.hasEnded();
        long out = sum(WorkerStats.OUT);
        long skipped = sum(WorkerStats.SKIPPED);
        long deadLettered = sum(WorkerStats.DEAD_LETTERED);
        long in = sum(WorkerStats.IN) + leftBehind.get();
        WorkerStats.Times times = workers.stream()
                .map(WorkerStats::times)
                .reduce(new WorkerStats.Times(0, 0, 0), WorkerStats.Times::plus);
        return new StageMetrics(
                spec.name,
                spec.workers,
                in,
                out,
                sum(WorkerStats.EMITTED),
                skipped,
                deadLettered,
                over ? in - out - skipped - deadLettered : 0,
                input == null ? 0 : input.size(),
                input == null ? 0 : input.peak(),
                Duration.ofNanos(times.busy()),
                Duration.ofNanos(times.starved()),
                Duration.ofNanos(times.blocked()));
    }
}

package dev.weir.pipeline;

import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A stage at work: its workers, the buffer that they take from, and the buffers of the next stages. When the last
 * worker has ended it sends no more. What its workers took and did not account for otherwise, when all is over, is
 * undelivered.
 *
 * <p>A worker that is superfluous retires when it has nothing in hand, and is vacant when its thread has let go of it,
 * for one that joins: so what it has done stays in the account, and there are never more than worked at once.
 */
abstract class Stage extends WorkerCount {
    static {
        PipelineRun.pause(); // a first call needs memory, and there may be none when it is needed
    }

    final StageSpec spec;

    /** Unlike that of any other stage of the pipeline. */
    final String name;

    final PipelineRun pipeline;
    final TimeSource time;

    /** Those at work and those vacant; grows only. */
    final List<StageWorker> workers = new CopyOnWriteArrayList<>();

    final List<StageBuffer> outlets = new ArrayList<>();

    /** Null for a source. */
    final @Nullable StageBuffer input;

    /** The stages that send to this one, and those that it sends to; not changed after the start. */
    final List<Stage> before = new ArrayList<>();

    final List<Stage> after = new ArrayList<>();

    /** Whether this stage needs no more elements. */
    private volatile boolean finished;

    /** Held by the thread that changes the number of workers. */
    final PromptLock resizing = new PromptLock();

    private final PromptLock aborting = new PromptLock();
    private final AtomicLong leftBehind = new AtomicLong();

    Stage(StageSpec spec, String name, @Nullable StageBuffer input, PipelineRun pipeline, TimeSource time) {
        super(spec.workers);
        this.spec = spec;
        this.name = name;
        this.input = input;
        if (input != null) {
            input.takenBy(name);
        }
        this.pipeline = pipeline;
        this.time = time;
        for (int i = 0; i < spec.workers; i++) {
            addWorker();
        }
    }

    /** The names of stages, in their order. */
    static String names(List<Stage> stages) {
        return stages.stream().map(stage -> stage.name).collect(Collectors.joining(", "));
    }

    private StageWorker addWorker() {
        StageWorker added = new StageWorker(time, pipeline.stop, this, workers.size() + 1);
        workers.add(added);
        return added;
    }

    /** A vacant worker, which is the caller's from then on; called by one thread at a time. */
    final StageWorker vacantWorker() {
        for (StageWorker each : workers) {
            if (each.isVacant()) {
                each.occupy();
                return each;
            }
        }
        return addWorker();
    }

    /** How many workers the stage can have. */
    int maxWorkers() {
        return spec.parallel ? Integer.MAX_VALUE : 1;
    }

    /** Wakes the workers that wait for elements: some of them are to retire. */
    final void wakeIdle() {
        if (input != null) {
            input.wakeTakers();
        }
    }

    /** Takes, works and passes on, until there is no more. */
    abstract void run(StageWorker worker) throws InterruptedException;

    /**
     * The body of a worker's thread. Throws nothing. What runs for the first time, even a text, may need memory: what
     * has to be done is done again until there is some.
     */
    final void work(StageWorker worker) {
        Throwable failure = null;
        try {
            worker.enters();
            pipeline.runInContext(worker, () -> {
                worker.starts();
                run(worker);
            });
        } catch (Throwable thrown) {
            failure = thrown;
        }
        while (failure != null) {
            try {
                if (!isEffectOfStop(failure)) {
                    pipeline.fail(name, "an element that was under way", failure);
                }
                failure = null;
            } catch (OutOfMemoryError shortOfMemory) {
                PipelineRun.pause();
            }
        }
        for (boolean over = false; !over; ) {
            try {
                ends(worker);
                over = true;
            } catch (OutOfMemoryError shortOfMemory) {
                PipelineRun.pause();
            }
        }
        if (!worker.retired) {
            oneEnds();
        }
        worker.restoreContext();
        worker.vacate();
    }

    /** One of those that are counted has ended, or was not started. The last one closes what comes next. */
    final void oneEnds() {
        if (endsLast()) {
            for (int i = 0; i < outlets.size(); i++) {
                ends(outlets.get(i));
            }
        }
    }

    private boolean endsLast() {
        while (true) {
            try {
                return endsAsLast();
            } catch (OutOfMemoryError shortOfMemory) { // of the first such call, which has done nothing yet
                PipelineRun.pause();
            }
        }
    }

    private void ends(StageWorker worker) {
        worker.leaves();
        try {
            worker.ends();
        } catch (Throwable broken) { // the clock is; the next stages must learn of the end all the same
            pipeline.fail(name, "the time of its end", broken);
        }
    }

    private void ends(StageBuffer outlet) {
        int before = outlet.senderEnded();
        while (before == 1) {
            try {
                outlet.close();
                before = 0;
            } catch (OutOfMemoryError shortOfMemory) {
                PipelineRun.pause();
            }
        }
    }

    /**
     * This stage needs no more, and so do those before it that send to nobody who does: they call their functions no
     * more, and sources are read no more. What is on its way to it is left out.
     */
    void finish() {
        finished = true; // volatile, before the look at the others: of two that finish at once, one sees both
        for (Stage each : before) {
            if (!each.finished && each.after.stream().allMatch(Stage::isFinished)) {
                each.finish();
            }
        }
    }

    final boolean isFinished() {
        return finished;
    }

    /** Whether a failure comes from the interrupt by which the pipeline was stopped: the cause of that is known. */
    final boolean isEffectOfStop(Throwable failure) {
        return pipeline.isStopped()
                && !(failure instanceof Error)
                && Interrupts.isEffectOf(true, failure)
                && !Suppressed.isError(failure);
    }

    /** Takes the next element, waiting for it; null at the end, or if the worker has retired. */
    final @Nullable Object take(StageWorker worker, StageBuffer from) throws InterruptedException {
        while (true) {
            if (isExcess() && retire()) {
                worker.retired = true;
                return null;
            }
            Object item = from.take(worker);
            if (item != null) {
                worker.add(WorkerStats.IN, 1);
                return item;
            }
            if (from.isEnded()) {
                return null;
            }
        }
    }

    final void emit(int outlet, Object item, StageWorker worker) throws InterruptedException {
        outlets.get(outlet).send(item, worker);
        worker.add(WorkerStats.EMITTED, 1);
    }

    /** After the pipeline was stopped: what is before this stage will not be taken. */
    final void abort() {
        if (input == null) {
            return;
        }
        aborting.lock(); // so that the second caller finds all counted
        try {
            leftBehind.addAndGet(input.abort());
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
                + sum(WorkerStats.FILTERED)
                + sum(WorkerStats.SKIPPED)
                + sum(WorkerStats.DEAD_LETTERED);
    }

    final boolean isBusy() {
        return workers.stream().anyMatch(WorkerStats::isBusy);
    }

    /** How many elements came in and are nothing yet; when its workers have ended, those that are undelivered. */
    final long unaccounted() {
        return sum(WorkerStats.IN)
                + leftBehind.get()
                - sum(WorkerStats.OUT)
                - sum(WorkerStats.FILTERED)
                - sum(WorkerStats.SKIPPED)
                - sum(WorkerStats.DEAD_LETTERED);
    }

    /** How many elements the stage has read and not seen done with, if it is a source that is to know. */
    long unacknowledged() {
        return 0;
    }

    /** How long ago the oldest of them was read. */
    Duration unacknowledgedFor() {
        return Duration.ZERO;
    }

    /** What the stage has done so far; without times, no clock is asked, and they are zero. */
    final StageMetrics metrics(boolean withTimes) {
        boolean over = pipeline.hasEnded();
        long out = sum(WorkerStats.OUT);
        long filtered = sum(WorkerStats.FILTERED);
        long skipped = sum(WorkerStats.SKIPPED);
        long deadLettered = sum(WorkerStats.DEAD_LETTERED);
        long in = sum(WorkerStats.IN) + leftBehind.get();
        WorkerStats.Times times = workers.stream()
                .filter(worker -> withTimes)
                .map(WorkerStats::times)
                .reduce(new WorkerStats.Times(0, 0, 0), WorkerStats.Times::plus);
        return new StageMetrics(
                name,
                wantedWorkers(),
                in,
                out,
                sum(WorkerStats.EMITTED),
                filtered,
                skipped,
                deadLettered,
                over ? in - out - filtered - skipped - deadLettered : 0,
                input == null ? 0 : input.size(),
                input == null ? 0 : input.peak(),
                Duration.ofNanos(times.busy()),
                Duration.ofNanos(times.starved()),
                Duration.ofNanos(times.blocked()),
                unacknowledged(),
                withTimes ? unacknowledgedFor() : Duration.ZERO);
    }
}

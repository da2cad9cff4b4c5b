package dev.weir.pipeline;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.TraceException;
import dev.weir.core.internal.wait.Waiter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a pipeline's workers, and the one that waits for the last of them to end the pipeline.
 *
 * <pre>
 *   alive:  number at the start
 *           --a worker joins--&gt; + 1, unless it is 0
 *           --a thread ends--&gt;  - 1, and at 0 the end comes
 * </pre>
 *
 * <p>A worker that joins counts before anything else is done for it, so the end comes behind it or it does not join.
 * What walks over the workers does so by index, as their lists grow only, and there may be no memory for an iterator.
 */
final class PipelineThreads {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
    private static final long NUDGE_NANOS = 200_000_000;
    private static final int MAX_NUDGES = 100_000;

    private final List<Stage> stages;
    private final AtomicInteger alive = new AtomicInteger();

    @SuppressWarnings("UnnecessaryLambda") // made at the start: the end must not need to allocate
    private final BooleanSupplier noneAlive = () -> alive.get() == 0;

    private final Thread end;

    /** Makes the threads of all workers, none of which is started. */
    PipelineThreads(List<Stage> stages, Runnable end) {
        this.stages = stages;
        this.end = Threads.virtual("pipeline-end", end);
        for (Stage stage : stages) {
            for (StageWorker worker : stage.workers) {
                worker.runIn(thread(stage, worker));
            }
        }
    }

    private Thread thread(Stage stage, StageWorker worker) {
        String name = stage.name + "-" + worker.number;
        Runnable body = () -> {
            try {
                stage.work(worker);
            } finally {
                oneEnded(1);
            }
        };
        return stage.spec.platform ? Threads.platform(name, body) : Threads.virtual(name, body);
    }

    /** Starts all; what this throws, some were not started, and those that were are the caller's to stop. */
    void start() {
        List<Thread> threads = stages.stream()
                .flatMap(stage -> stage.workers.stream())
                .map(worker -> Objects.requireNonNull(worker.thread()))
                .toList();
        alive.set(threads.size());
        oneEnded(0); // a first call needs memory, and the worker that makes it would be waited for without end
        end.start();
        int started = 0;
        try {
            for (Thread thread : threads) {
                thread.start();
                started++;
            }
        } finally {
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
                PipelineRun.pause();
            }
        }
    }

    /** Waits for the last one, in the thread of the end. */
    void awaitLast() {
        while (!noneAlive.getAsBoolean()) {
            try {
                Waiter.awaitUninterruptibly(noneAlive, this, Deadline.never());
            } catch (Throwable shortOfMemory) {
                PipelineRun.pause();
            }
        }
    }

    /** What thread dumps show as waited for, by the thread of the end. */
    @Override
    public String toString() {
        return "Pipeline of the stages " + Stage.names(stages) + ": the end of its " + alive.get() + " workers";
    }

    boolean isEnd(Thread thread) {
        return thread == end;
    }

    // ---- workers that join and retire

    /** Has a stage work with this number of workers from now on. */
    void resize(Stage stage, int workers) {
        stage.resizing.lock();
        try {
            stage.want(workers);
            boolean more = true;
            while (more) {
                more = join(stage);
            }
        } finally {
            stage.resizing.unlock();
        }
        stage.wakeIdle(); // after the change
    }

    /** False if the stage has as many as it is to have, or is over. */
    private boolean join(Stage stage) {
        if (alive.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            return false;
        }
        boolean joined = false;
        boolean started = false;
        StageWorker worker = null;
        try {
            joined = stage.join();
            if (joined) {
                worker = stage.vacantWorker();
                Thread thread = thread(stage, worker);
                worker.runIn(thread);
                thread.start();
                started = true;
            }
        } finally {
            if (!started) { // it has as many as it is to have, or there are no threads or no memory left
                notStarted(stage, joined, worker);
            }
        }
        return started;
    }

    private void notStarted(Stage stage, boolean joined, @Nullable StageWorker worker) {
        if (joined) {
            stage.oneEnds(); // as the last one, if the others have ended meanwhile
        }
        if (worker != null) {
            worker.vacate();
        }
        oneEnded(1);
    }

    // ---- all of them

    /** Interrupts all. One that joins meanwhile looks by itself whether the pipeline was stopped. */
    void interrupt() {
        for (int i = 0; i < stages.size(); i++) {
            interrupt(stages.get(i).workers);
        }
    }

    private static void interrupt(List<StageWorker> workers) {
        for (int i = 0; i < workers.size(); ) {
            try {
                workers.get(i).interrupt();
                i++;
            } catch (OutOfMemoryError shortOfMemory) {
                PipelineRun.pause();
            }
        }
    }

    /**
     * When memory is short, the JDK may fail to queue a virtual thread that it has marked as unparked, which then never
     * runs again, and no further unpark helps (seen on JDK 25). To ask for such a thread's stack queues it again. So a
     * platform thread asks at intervals, until the end.
     */
    void startNudging(BooleanSupplier ended) {
        for (boolean started = false; !started; ) {
            try {
                Threads.daemon("pipeline-nudge", () -> nudge(ended)).start();
                started = true;
            } catch (OutOfMemoryError shortOfMemory) {
                PipelineRun.pause();
            }
        }
    }

    private void nudge(BooleanSupplier ended) {
        for (int i = 0; i < MAX_NUDGES && !ended.getAsBoolean(); i++) {
            try {
                LockSupport.parkNanos(NUDGE_NANOS);
                for (int k = 0; k < stages.size(); k++) {
                    nudge(stages.get(k).workers);
                }
                end.getStackTrace();
            } catch (Throwable shortOfMemory) {
                PipelineRun.pause();
            }
        }
    }

    private static void nudge(List<StageWorker> workers) {
        for (int i = 0; i < workers.size(); i++) {
            Thread thread = workers.get(i).thread();
            if (thread != null) {
                thread.getStackTrace(); // which queues a thread again that should run and does not
            }
        }
    }

    /** Logs the workers that have not ended although they were interrupted, with their stacks. */
    void logStuck() {
        for (Stage stage : stages) {
            for (StageWorker worker : stage.workers) {
                logIfStuck(worker.thread());
            }
        }
    }

    private static void logIfStuck(@Nullable Thread thread) {
        if (thread != null && thread.isAlive()) {
            Throwable stack = new TraceException("where it is", false);
            stack.setStackTrace(thread.getStackTrace());
            LOG.warn("worker {} of an aborted pipeline ignores its interrupt", thread.getName(), stack);
        }
    }
}

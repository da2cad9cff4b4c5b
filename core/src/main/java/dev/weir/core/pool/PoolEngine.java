package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.pool.SaturationHandler.Admission;
import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskRejectedException.Reason;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Takes tasks in; and puts the parts of a pool together. How a pool works, on one page:
 *
 * <p><b>Where a task is.</b> In one place at a time: with its submitter, in the {@link Backlog}, in the hands of a
 * {@link PoolWorker}, or over. What has a future, options or a context is a {@link PoolTask}, with a state of its own
 * that says whether it may still begin; a plain {@code Runnable} goes through the pool as it is.
 *
 * <p><b>Offer → counts → wake.</b> {@link #attempt} gives a task to a new worker if no worker is to spare and there may
 * be one more (threads first, queue second); else it offers it to the queue, <i>then</i> reads the
 * {@link WorkerCounts}, and wakes a parked worker if none is searching, for a worker that searches finds the task by
 * itself.
 *
 * <p><b>Search → take → wake the next.</b> A worker that finds the queue empty counts itself as searching, looks for a
 * while, and parks: it counts itself as parked, <i>then</i> looks into the queue once more. Submitter and worker each
 * write (queue; counts) before they read what the other one writes (counts; queue), all volatile, so at least one of
 * them sees the other: no task waits for a worker that sleeps. A worker that finds a task after it searched is no
 * longer searching, and so wakes the next one if there is more to do. Hence wakeups spread one from the other, and at
 * most one worker is on its way at a time, which keeps a quick submitter from waking them all.
 *
 * <p><b>Full.</b> The {@link SaturationHandler} applies the policy. {@link BlockedSubmitters} wait in a line with the
 * same rule: they write that they wait, and then try once more; a worker takes a task and then reads whether anybody
 * waits. One of them is awake at a time, and passes the signal on when it leaves.
 *
 * <p><b>Rare things</b> take the lock of {@link PoolState}: workers that come, park, wake and go ({@link WorkerSet},
 * {@link WorkerStarter}), pauses, changes of size and the end ({@link PoolControl}, {@link Termination}). A queue is
 * replaced under the lock as a whole: it is frozen, so that offers answer CLOSED and polls find nothing, and what is
 * left moves. The lock is never held while foreign code runs, and a task on its way through a busy pool does not meet
 * it.
 *
 * <p><b>End.</b> Shutdown closes the queue and wakes all workers; each ends when it finds the queue empty. The last one
 * to go, or the thread that takes the last task away, signals the end. A stop takes away what has not begun, which
 * includes the task of a worker whose thread has not come to life yet, and interrupts what has: workers begin under the
 * lock, too, so each is on one side of it.
 */
final class PoolEngine implements Executor {
    static {
        // Its first use may be where there is no memory, and then the JVM would never initialise it again.
        Objects.requireNonNull(PoolLog.LOG);
    }

    final TaskFactory tasks;
    final PoolControl control;
    final PoolState state;
    private final PromptLock lock;
    private final TaskHome home;
    final Backlog backlog;
    private final Termination termination;
    final PoolCounters counters;
    private final TaskRun runs;
    final WorkerSet workers;
    final BlockedSubmitters submitters;
    final WorkerStarter starter;
    private final StallWatch stalls;
    private final SaturationHandler saturation;

    PoolEngine(PoolSettings settings, PoolEvents events) {
        Clocks clocks = new Clocks(settings.timeSource);
        this.state =
                new PoolState(settings.name, clocks, new PoolState.Limits(settings.minWorkers, settings.maxWorkers));
        this.lock = state.lock;
        this.backlog = new Backlog(state, settings.queueCapacity, settings.ageingNanos, settings.weights);
        this.termination = new Termination(state, backlog);
        this.counters = new PoolCounters(settings.name, backlog);
        SideThread side = new SideThread(settings.name, "watch");
        UnhandledFailures failures = new UnhandledFailures(settings.name, settings.failureHandler, side);
        Contexts contexts = settings.contexts;
        WorkerRoster roster = new WorkerRoster(state);
        SlowTaskWatch slowTasks = new SlowTaskWatch(state, roster, side, events, settings.slowNanos);
        this.runs = new TaskRun(state, backlog, failures, events, slowTasks::watch, settings, contexts);
        this.workers = new WorkerSet(state, backlog, termination, roster, settings, this::workerFor);
        this.stalls = new StallWatch(
                state,
                backlog,
                () -> submitters().count() != 0,
                roster::busyThreads,
                side,
                events,
                settings.stallNanos);
        this.submitters = new BlockedSubmitters(backlog, this::attempt, this::mayAccept, stalls::watch);
        this.starter = new WorkerStarter(state, backlog, workers, roster, submitters, termination, counters, failures);
        this.saturation = new SaturationHandler(
                state, backlog, submitters, termination, counters, runs, events, settings.saturation, this::attempt);
        this.control = new PoolControl(
                state, backlog, workers, roster, starter, submitters, stalls, termination, counters, runs, events);
        this.home = new TaskHome(
                settings.name,
                clocks,
                failures,
                state.waits,
                termination,
                new SideThread(settings.name, "aftermath"),
                settings.queueTimeoutNanos,
                settings.runTimeoutNanos,
                this::diedWaiting);
        this.tasks = new TaskFactory(home, contexts, settings);
    }

    private PoolWorker workerFor(@Nullable Runnable first) {
        return new PoolWorker(state, backlog, workers, starter, submitters, stalls, runs, counters, first);
    }

    private BlockedSubmitters submitters() {
        return submitters;
    }

    // ---- submissions

    /** Takes a task in that a user has executed. */
    @Override
    public void execute(Runnable task) {
        accept(tasks.executed(task));
    }

    /**
     * Takes in a task, which is plain or one of {@link #tasks}.
     *
     * @throws TaskRejectedException if it will never run
     */
    void accept(Runnable task) {
        Admission admission = admit(task, Deadline.never());
        if (admission != Admission.DONE) {
            throw reject(task, admission);
        }
    }

    /**
     * Takes in a task of a call that waits until a deadline.
     *
     * @return false if the deadline came first; the task will never run then
     * @throws TaskRejectedException if it will never run for another reason
     * @throws InterruptedException if the thread was interrupted while it waited for room; the task will never run
     */
    boolean acceptBefore(Deadline deadline, PoolTask<?> task) throws InterruptedException {
        Admission admission = admit(task, deadline);
        if (admission == Admission.DONE) {
            return true;
        }
        TaskRejectedException rejection = reject(task, admission);
        if (admission == Admission.INTERRUPTED && Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (admission == Admission.EXPIRED && deadline.isExpired()) {
            return false;
        }
        throw rejection;
    }

    <T extends @Nullable Object> SuppliedFuture<T> supply(
            ThrowingSupplier<? extends T, ?> supplier, TaskOptions options) {
        return supply(supplier, supplier, options);
    }

    SuppliedFuture<@Nullable Void> run(ThrowingRunnable<?> task, TaskOptions options) {
        ThrowingSupplier<@Nullable Void, Throwable> supplier = () -> {
            task.run();
            return null;
        };
        return supply(supplier, task, options);
    }

    private <T extends @Nullable Object> SuppliedFuture<T> supply(
            ThrowingSupplier<? extends T, ?> supplier, Object named, TaskOptions options) {
        PoolTask<T> task = tasks.future(() -> call(supplier), named, options, PoolTask.Failures.INTERNAL);
        SuppliedFuture<T> future = new SuppliedFuture<>(task, this, home.failures());
        accept(task);
        return future;
    }

    private static <T extends @Nullable Object> T call(ThrowingSupplier<? extends T, ?> supplier) throws Exception {
        try {
            return supplier.get();
        } catch (Exception | Error failure) {
            throw failure;
        } catch (Throwable neither) {
            throw new ExecutionException(neither);
        }
    }

    boolean isInWorker() {
        return WorkerThread.of(state) != null;
    }

    /** Whether the task that the current worker runs was interrupted by its owner, or by a stop of the pool. */
    boolean isInterruptedInWorker() {
        WorkerThread self = WorkerThread.of(state);
        return self != null && (self.guard.isInterrupted() || state.has(PoolState.STOPPED));
    }

    private TaskRejectedException reject(Runnable task, Admission why) {
        return switch (why) {
            case SHUT_DOWN -> counters.reject(task, Reason.SHUT_DOWN, "is shut down", null);
            case EXPIRED -> counters.reject(task, Reason.TIMED_OUT, "is saturated, for longer than its timeout", null);
            case INTERRUPTED ->
                counters.reject(
                        task,
                        Reason.INTERRUPTED,
                        "is saturated, and its submitter was interrupted",
                        new InterruptedException());
            case TOO_DEEP ->
                counters.reject(
                        task,
                        Reason.SELF_WAIT,
                        "is saturated, and its own worker has run " + SaturationHandler.MAX_DEPTH
                                + " tasks within one another",
                        null);
            case SATURATED, DONE -> counters.reject(task, Reason.SATURATED, "is saturated", null);
        };
    }

    private Admission admit(Runnable task, Deadline deadline) {
        PoolTask<?> own = task instanceof PoolTask<?> poolTask ? poolTask : null;
        if (own != null && !own.handIn() && own.isDead()) {
            backlog.died(); // withdrawn on its way, before it took a place
        }
        Admission admission;
        try {
            Answer answer = attempt(task);
            admission = answer == Answer.CLOSED ? Admission.SHUT_DOWN : Admission.DONE;
            if (answer == Answer.FULL) {
                stalls.watch();
                admission = saturation.accept(task, deadline);
            }
        } catch (Throwable failure) { // thrown by the TimeSource, or by a thread factory's rejection
            if (own != null) {
                boolean unused = own.giveBack(); // it never runs, and has no place
            }
            throw failure;
        }
        if (admission == Admission.DONE && own != null) {
            startQueueTimer(own);
        }
        return admission;
    }

    private static void startQueueTimer(PoolTask<?> task) {
        try {
            task.startQueueTimer();
        } catch (Throwable failure) { // thrown by the TimeSource
            task.cancel(false);
            throw failure;
        }
    }

    /** Takes a task in if there is a place for it. */
    Answer attempt(Runnable task) {
        while (true) {
            if (workers.shouldGrow()) {
                PoolWorker worker = workers.reserve(task);
                if (worker != null) {
                    starter.startWith(worker, task);
                    return Answer.ACCEPTED;
                }
            }
            Answer answer = backlog.offer(task);
            if (answer == Answer.ACCEPTED) {
                if (workers.afterOffer()) {
                    starter.startOne(task);
                }
                stalls.watch();
                return answer;
            }
            boolean madeRoom = answer == Answer.FULL && backlog.mayMakeRoom() && makeRoom();
            if (answer == Answer.CLOSED && !state.isShutdown()) {
                awaitReplacement();
            } else if (!madeRoom && (answer == Answer.CLOSED || !workers.shouldGrow())) {
                return answer;
            } // else a worker has ended, or taken a task
        }
    }

    /** The queue is closed, but the pool is not: somebody replaces it, under the lock. */
    private void awaitReplacement() {
        lock.lock();
        try {
            // nothing but to wait
        } finally {
            lock.unlock();
        }
    }

    /** False if there is none after all: what has ended is not in the queue yet, or not any more. */
    private boolean makeRoom() {
        List<Runnable> ended;
        boolean made;
        lock.lock();
        try {
            ended = backlog.makeRoom();
            made = !backlog.isFull();
            termination.hold();
        } finally {
            lock.unlock();
        }
        try {
            counters.tookOut(ended);
        } finally {
            termination.release();
        }
        workers.signalIfNeeded();
        submitters.signalIfWaiting();
        return made;
    }

    boolean mayAccept() {
        return backlog.hasRoom() || workers.shouldGrow();
    }

    /** A task has ended before it began, and may still be in the queue: there is a place more. */
    private void diedWaiting() {
        backlog.died();
        submitters.signalIfWaiting();
    }
}

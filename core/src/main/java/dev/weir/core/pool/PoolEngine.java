package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Entry;
import dev.weir.core.pool.TaskQueue.Taken;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes tasks in: to a new worker, to the queue, or to what is done about an {@link SaturationHandler}; and joins the parts of a
 * pool.
 *
 * <p>A task is in one place at a time: with its submitter, in the {@link Backlog}, among the {@link KeyedTasks}, with a
 * {@link PoolWorker}, or done. The lock orders all that is rare: workers that come, sleep and go, changes of size, pauses and
 * the shutdown. It is never held while foreign code runs, and a task on its way through a pool with all its workers does
 * not meet it.
 */
final class PoolEngine {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    final String name;
    final Clocks clocks;
    final WorkerCounts census = new WorkerCounts();
    final ReentrantLock lock = new ReentrantLock();
    final Backlog backlog;
    final WorkerSet crew;
    final BlockedSubmitters submitters = new BlockedSubmitters(this);
    final KeyedTasks keyed = new KeyedTasks();
    final SelfWaits selfWaits = new SelfWaits(this, lock);
    final UnhandledFailures failures;
    final TaskRun run;
    final TaskFactory tasks;
    final PoolCounters tally = new PoolCounters(this);
    final Termination ending = new Termination(this);
    final SaturationHandler overload;
    final long runTimeoutNanos;
    private final long queueTimeoutNanos;
    private final List<WorkerPoolListener> listeners;
    private @Nullable WorkerPool facade;

    PoolEngine(WorkerPool.Builder builder) {
        this.name = builder.name;
        this.clocks = new Clocks(builder.time);
        this.failures = new UnhandledFailures(name, builder.failureHandler);
        this.run = new TaskRun(this, builder.slowNanos);
        this.backlog = new Backlog(builder.queueCapacity, builder.ageingNanos, census, clocks, lock);
        this.crew = new WorkerSet(this, builder, builder.threads(), backlog, lock);
        this.tasks = new TaskFactory(this, builder);
        this.overload = new SaturationHandler(this, builder.saturation);
        this.queueTimeoutNanos = builder.queueTimeoutNanos;
        this.runTimeoutNanos = builder.runTimeoutNanos;
        this.listeners = List.copyOf(builder.listeners);
    }

    /** Once, before the pool is used. */
    void facade(WorkerPool pool) {
        facade = pool;
    }

    WorkerPool facade() {
        if (facade == null) {
            throw new IllegalStateException("not built");
        }
        return facade;
    }

    // ---- in

    void execute(Runnable task) {
        accept(task instanceof PoolTask<?> special && special.isOf(this) ? special : tasks.executed(task));
    }

    private void accept(Runnable task) {
        try {
            take(task);
        } catch (Throwable failure) { // of a clock, perhaps
            if (task instanceof PoolTask<?> special) {
                special.cancel(false); // it never runs, and does not hold up its key
            }
            throw failure;
        }
    }

    private void take(Runnable task) {
        Answer answer = attempt(task);
        if (answer == Answer.CLOSED) {
            throw tally.reject(task, "is shut down", null);
        }
        if (answer == Answer.FULL) {
            overload.accept(task);
        }
        if (task instanceof PoolTask<?> special) {
            special.accepted = true;
            special.startQueueTimer(special.options.queueNanosOr(queueTimeoutNanos));
        }
    }

    /** Takes a task in if there is a place for it. */
    Answer attempt(Runnable task) {
        if (task instanceof PoolTask<?> special && !special.holdsKey) {
            Object key = special.options.key();
            Answer answer = key == null ? null : keyed.offer(special, key, laneCapacity());
            if (answer != null) {
                return answer;
            }
        }
        while (true) {
            if (crew.shouldGrow()) {
                PoolWorker worker = crew.reserve(task);
                if (worker != null) {
                    startWith(worker, task);
                    return Answer.ACCEPTED;
                }
            }
            Answer answer = backlog.offer(task);
            if (answer == Answer.ACCEPTED) {
                if (crew.afterOffer()) {
                    startOne(task);
                }
                return answer;
            }
            if (answer == Answer.CLOSED && !ending.isShutdown()) {
                awaitReplacement();
            } else if (answer == Answer.FULL && backlog.mayMakeRoom()) {
                makeRoom();
            } else if (answer == Answer.CLOSED || !crew.shouldGrow()) { // else a worker has ended, or taken a task
                return answer;
            }
        }
    }

    /** How many tasks may wait for their key. */
    int laneCapacity() {
        return Math.max(1, backlog.capacity());
    }

    /** Whether there is room for a task that does not wait for its key. */
    boolean mayAccept() {
        return backlog.hasRoom() || backlog.mayMakeRoom() || crew.shouldGrow();
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

    private void makeRoom() {
        List<Runnable> ended;
        lock.lock();
        try {
            ended = backlog.makeRoom();
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        tally.left(ended);
        crew.signalIfNeeded();
        submitters.signalIfWaiting();
    }

    private void startWith(PoolWorker worker, Runnable task) {
        Throwable failure = crew.start(worker);
        if (failure == null) {
            tally.direct.incrementAndGet();
            return;
        }
        List<Entry> stranded = List.of();
        lock.lock();
        try {
            if (!crew.isEmpty()) {
                if (backlog.offer(task) == Answer.ACCEPTED) {
                    return;
                }
            } else {
                stranded = drain();
            }
            signalIfTerminated();
        } finally {
            lock.unlock();
            crew.signalIfNeeded();
            submitters.signalAll();
        }
        abandonStranded(stranded);
        throw tally.reject(task, "could not start a thread", failure);
    }

    /**
     * Starts a worker for what is in the queue.
     *
     * @param task what the caller has put into the queue, and is rejected if there is no worker; or null
     */
    private boolean startOne(@Nullable Runnable task) {
        PoolWorker worker = crew.reserve(null);
        if (worker == null) {
            return false;
        }
        Throwable failure = crew.start(worker);
        if (failure == null) {
            return true;
        }
        List<Entry> stranded = List.of();
        lock.lock();
        try {
            if (crew.isEmpty()) {
                stranded = drain();
            }
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        crew.signalIfNeeded();
        submitters.signalAll();
        Entry own = null;
        for (Entry entry : stranded) {
            own = entry.task() == task ? entry : own;
        }
        if (own != null) {
            stranded.remove(own);
            tally.direct.decrementAndGet(); // it is counted as accepted, and is now counted as rejected
        }
        abandonStranded(stranded);
        if (own != null) {
            throw tally.reject(own.task(), "could not start a thread", failure);
        }
        if (stranded.isEmpty()) {
            LOG.warn("{} could not start a thread, and goes on with fewer", name, failure);
        }
        return false;
    }

    /** Starts as many workers as there is work for. */
    void ensureWorkers() {
        crew.signalIfNeeded();
        boolean more = true;
        while (more) {
            more = startOne(null);
        }
    }

    /** Requires the lock. Takes all that wait for a worker, and those that wait for them. */
    private List<Entry> drain() {
        List<Entry> left = backlog.drain();
        for (Entry entry : List.copyOf(left)) {
            if (entry.task() instanceof PoolTask<?> head && head.options.key() != null) {
                for (PoolTask<?> next : keyed.drainBehind(head, head.options.key())) {
                    left.add(new Entry(next, next.createdNanos));
                }
            }
        }
        return left;
    }

    private void abandonStranded(List<Entry> stranded) {
        if (stranded.isEmpty()) {
            return;
        }
        LOG.error("{} could not start a thread; {} tasks in its queue are cancelled", name, stranded.size());
        for (Entry entry : tally.abandon(stranded)) {
            Runnable task = entry.task() instanceof PoolTask<?> special ? special.shown() : entry.task();
            if (!(task instanceof Future<?>)) { // nobody else would hear of it
                failures.handle(task, new RejectedExecutionException(name + " could not start a thread"));
            }
        }
    }
    /** In another thread than a worker's, or inside another task of a worker. */
    TaskRun.Result runElsewhere(Runnable task) {
        TaskRun.Result result = run.run(task, clocks.roughNanosOr(0), false);
        tally.ranElsewhere(result);
        if (result.hasRun()
                && task instanceof PoolTask<?> special
                && special.wasInterrupted()
                && (crew.flags & WorkerSet.STOPPED) == 0) {
            Thread.interrupted(); // it was meant for that task, and this thread goes on
        }
        return result;
    }

    // ---- workers

    boolean isInWorker() {
        PoolWorker self = PoolWorker.current();
        return self != null && self.isOf(this);
    }

    /** Whether no worker is free to take a task, unless one can be added. */
    boolean seemsExhausted() {
        long now = census.read();
        return WorkerCounts.idle(now) == 0 && (WorkerCounts.workers(now) >= crew.limits.max() || crew.hasWork());
    }

    /** Whether no worker is free to take a task, and none can be added. */
    boolean isExhausted() {
        return seemsExhausted() && !startOne(null) && seemsExhausted();
    }

    /** A worker that would wait for this task runs it. */
    void runInstead(PoolTask<?> task) {
        boolean interrupted = (crew.flags & WorkerSet.STOPPED) == 0 && Thread.interrupted(); // it is not for that task
        TaskRun.Result result = runElsewhere(task);
        if (!task.accepted && result != TaskRun.Result.ELSEWHERE && result != TaskRun.Result.DEAD) {
            tally.ranInCaller.incrementAndGet(); // it is inside of what was handed in
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        backlog.died();
        submitters.signalIfWaiting();
    }

    @Nullable
    Runnable takeFirst(PoolWorker worker, Taken into) {
        if (!backlog.hasFirst()) {
            return null;
        }
        lock.lock();
        try {
            Runnable task = (crew.flags & WorkerSet.PAUSED) != 0 ? null : backlog.pollFirst(into);
            worker.setTask(task);
            return task;
        } finally {
            lock.unlock();
        }
    }

    /** Puts a task back that was taken during a pause. */
    boolean giveBack(PoolWorker worker, Runnable task, long submittedNanos) {
        lock.lock();
        try {
            if ((crew.flags & (WorkerSet.PAUSED | WorkerSet.STOPPED)) != WorkerSet.PAUSED) {
                return false;
            }
            backlog.giveBack(task, submittedNanos);
            worker.setTask(null);
            return true;
        } finally {
            lock.unlock();
        }
    }
    /** A task has ended, by running or otherwise; the next one of its key goes on. */
    void ended(PoolTask<?> task) {
        Object key = task.options.key();
        if (key == null) {
            return;
        }
        lock.lock();
        try {
            PoolTask<?> next = keyed.next(task, key);
            if (next != null) {
                backlog.addFirst(new Entry(next, clocks.roughNanosOr(next.createdNanos)));
            }
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        ensureWorkers();
        submitters.signalIfWaiting();
    }

    /** A task has ended before it began, and may still be in the queue. */
    void died(PoolTask<?> task) {
        Object key = task.options.key();
        boolean waited = key != null && keyed.remove(task, key);
        if (waited) {
            tally.cancelled.incrementAndGet();
        }
        ended(task);
        if (!waited) {
            backlog.died();
        }
        submitters.signalIfWaiting();
    }

    // ---- control

    void pause() {
        lock.lock();
        try {
            if (!ending.isShutdown()) {
                crew.flags |= WorkerSet.PAUSED;
            }
        } finally {
            lock.unlock();
        }
    }

    void resume() {
        lock.lock();
        try {
            crew.flags &= ~WorkerSet.PAUSED;
        } finally {
            lock.unlock();
        }
        ensureWorkers();
        submitters.signalAll(); // there may be no task whose worker would do it
    }

    void resizeWorkers(int min, int max) {
        lock.lock();
        try {
            crew.resize(new WorkerSet.Limits(min, max));
        } finally {
            lock.unlock();
        }
        ensureWorkers();
        submitters.signalAll();
        tell(listener -> listener.resized(facade(), min, max, backlog.capacity()));
    }

    boolean hasPriorities() {
        return backlog.hasPriorities();
    }

    void resizeQueue(int capacity) {
        List<Runnable> ended;
        lock.lock();
        try {
            ended = backlog.resize(capacity);
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        tally.left(ended);
        ensureWorkers();
        submitters.signalAll();
        WorkerSet.Limits limits = crew.limits;
        tell(listener -> listener.resized(facade(), limits.min(), limits.max(), capacity));
    }
    // ---- to others

    /** A task has been taken away by another thread than a worker. */
    void endIfOver() {
        lock.lock();
        try {
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    void signalIfTerminated() {
        ending.signalIfOver();
    }

    String nameOf(Runnable task) {
        return task instanceof PoolTask<?> special ? special.name() : UnhandledFailures.nameOf(task);
    }

    /** Tells the listeners. */
    void tell(Consumer<WorkerPoolListener> news) {
        for (WorkerPoolListener listener : listeners) {
            guard("a listener", () -> news.accept(listener));
        }
    }

    /** Calls foreign code that may throw. */
    void guard(String what, Runnable call) {
        try {
            call.run();
        } catch (Throwable failure) {
            LOG.error("{} of {} failed", what, name, failure);
        }
    }
}

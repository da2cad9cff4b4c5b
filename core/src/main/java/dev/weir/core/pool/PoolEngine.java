package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.pool.ShutdownReport.Unfinished;
import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Entry;
import dev.weir.core.pool.TaskQueue.Taken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes tasks in and accounts for them: to a new worker, to the queue, or what the policy says; and ends the pool.
 *
 * <p>A task is in one place at a time: with its submitter, in the {@link Backlog}, among the {@link KeyedTasks}, with a
 * {@link Worker}, or done. The lock orders all that is rare: workers that come, sleep and go, changes of size, pauses and
 * the shutdown. It is never held while foreign code runs, and a task on its way through a pool with all its workers does
 * not meet it.
 */
final class PoolEngine {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    final String name;
    final Clocks clocks;
    final Census census = new Census();
    final ReentrantLock lock = new ReentrantLock();
    final Backlog backlog;
    final Crew crew;
    final Submitters submitters = new Submitters();
    final KeyedTasks keyed = new KeyedTasks();
    final SelfWaits selfWaits = new SelfWaits(this, lock);
    final Failures failures;
    final TaskRun run;
    final long runTimeoutNanos;
    private final long queueTimeoutNanos;
    private final Saturation saturation;
    private final List<ContextCarrier> carriers;
    private final List<UnaryOperator<Runnable>> decorators;
    private final boolean submitterStacks;
    private final List<WorkerPoolListener> listeners;
    private final boolean plain;
    private @Nullable WorkerPool facade;

    // What does not go through the queue, or leaves it otherwise than to a worker.
    private final AtomicLong direct = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong discarded = new AtomicLong();
    private final AtomicLong abandoned = new AtomicLong();
    private final AtomicLong cancelled = new AtomicLong();
    private final AtomicLong ranInCaller = new AtomicLong();
    private final AtomicLong completedElsewhere = new AtomicLong();
    private final AtomicLong failedElsewhere = new AtomicLong();

    /** Whether the listeners know that the pool is saturated. */
    private volatile boolean saturated;

    // Guarded by the lock.
    private final List<Thread> awaitingEnd = new ArrayList<>();

    /** Written under the lock. */
    private volatile boolean shutdown;

    private volatile boolean terminated;

    PoolEngine(WorkerPool.Builder builder) {
        this.name = builder.name;
        this.clocks = new Clocks(builder.time);
        this.failures = new Failures(name, builder.failureHandler);
        this.run = new TaskRun(this, builder.slowNanos);
        this.backlog = new Backlog(builder.queueCapacity, builder.ageingNanos, census, clocks, lock);
        this.crew = new Crew(this, builder, builder.threads(), backlog, lock);
        this.saturation = builder.saturation;
        this.queueTimeoutNanos = builder.queueTimeoutNanos;
        this.runTimeoutNanos = builder.runTimeoutNanos;
        this.carriers = List.copyOf(builder.carriers);
        this.decorators = List.copyOf(builder.decorators);
        this.submitterStacks = builder.submitterStacks;
        this.listeners = List.copyOf(builder.listeners);
        this.plain = decorators.isEmpty()
                && !submitterStacks
                && queueTimeoutNanos == Long.MAX_VALUE
                && runTimeoutNanos == Long.MAX_VALUE;
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
        if (task instanceof PoolTask<?> special && special.isOf(this)) {
            accept(special);
            return;
        }
        List<ContextCarrier.Captured> context = capture();
        accept(plain && context.isEmpty() ? task : special(task, TaskOptions.none(), context));
    }

    void execute(Runnable task, TaskOptions options) {
        accept(special(task, options, capture()));
    }

    private PoolTask<?> special(Runnable task, TaskOptions options, List<ContextCarrier.Captured> context) {
        PoolTask.Body<@Nullable Void> body = new PoolTask.Body<>(() -> {
            task.run();
            return null;
        });
        PoolTask<@Nullable Void> special = new PoolTask<>(this, body, task, task, options, context, submitterHere());
        decorate(special);
        return special;
    }

    <V extends @Nullable Object> PoolTask<V> future(Callable<V> task, Object named, TaskOptions options) {
        PoolTask<V> future =
                new PoolTask<>(this, new PoolTask.Body<>(task), named, null, options, capture(), submitterHere());
        decorate(future);
        return future;
    }

    private void decorate(PoolTask<?> task) {
        if (!decorators.isEmpty()) {
            Runnable decorated = task::runBody;
            for (UnaryOperator<Runnable> decorator : decorators) {
                decorated = decorator.apply(decorated);
                if (decorated == null) {
                    throw new NullPointerException("a decorator of " + name + " returned null");
                }
            }
            task.decorate(decorated);
        }
    }

    private List<ContextCarrier.Captured> capture() {
        List<ContextCarrier.Captured> context = List.of();
        for (int i = 0; i < carriers.size(); i++) {
            ContextCarrier.Captured captured = carriers.get(i).capture();
            if (captured != null) {
                if (context.isEmpty()) {
                    context = new ArrayList<>(2);
                }
                context.add(captured);
            }
        }
        return context;
    }

    private Failures.@Nullable SubmittedHere submitterHere() {
        return submitterStacks ? new Failures.SubmittedHere(name) : null;
    }

    private void accept(Runnable task) {
        Answer answer = attempt(task);
        if (answer != Answer.ACCEPTED) {
            if (answer == Answer.CLOSED) {
                throw reject(task, "is shut down", null);
            }
            acceptSaturated(task);
        }
        if (task instanceof PoolTask<?> special) {
            special.startQueueTimer(special.options.queueNanosOr(queueTimeoutNanos));
        }
    }

    /** Takes a task in if there is a place for it. */
    private Answer attempt(Runnable task) {
        if (task instanceof PoolTask<?> special && !special.holdsKey) {
            Object key = special.options.key();
            Answer answer = key == null ? null : keyed.offer(special, key, Math.max(1, backlog.capacity()));
            if (answer != null) {
                return answer;
            }
        }
        if (crew.shouldGrow()) {
            Worker worker = crew.reserve(task);
            if (worker != null) {
                startWith(worker, task);
                return Answer.ACCEPTED;
            }
        }
        while (true) {
            Answer answer = backlog.offer(task);
            if (answer == Answer.ACCEPTED) {
                if (crew.afterOffer()) {
                    startOne(task);
                }
                return answer;
            }
            if (answer == Answer.CLOSED && !shutdown) {
                awaitReplacement();
            } else if (answer == Answer.CLOSED || !backlog.mayMakeRoom()) {
                return answer;
            } else {
                makeRoom();
            }
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

    private void makeRoom() {
        List<Runnable> ended;
        lock.lock();
        try {
            ended = backlog.makeRoom();
        } finally {
            lock.unlock();
        }
        left(ended);
        crew.signalIfNeeded();
        submitters.signalIfWaiting();
    }

    /** Tasks have left the queue that had ended before. */
    private void left(List<Runnable> ended) {
        for (Runnable task : ended) {
            if (task instanceof PoolTask<?> special && special.isDead()) {
                cancelled.incrementAndGet();
            }
        }
    }

    private void startWith(Worker worker, Runnable task) {
        Throwable failure = crew.start(worker);
        if (failure == null) {
            direct.incrementAndGet();
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
                stranded = backlog.drain();
            }
            signalIfTerminated();
        } finally {
            lock.unlock();
            crew.signalIfNeeded();
            submitters.signalAll();
        }
        abandonStranded(stranded);
        throw reject(task, "could not start a thread", failure);
    }

    /**
     * Starts a worker for what is in the queue.
     *
     * @param task what the caller has put into the queue, and is rejected if there is no worker; or null
     */
    private boolean startOne(@Nullable Runnable task) {
        Worker worker = crew.reserve(null);
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
                stranded = new ArrayList<>(backlog.drain());
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
            direct.decrementAndGet(); // it is counted as accepted, and is now counted as rejected
        }
        abandonStranded(stranded);
        if (own != null) {
            throw reject(own.task(), "could not start a thread", failure);
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

    private void abandonStranded(List<Entry> stranded) {
        if (stranded.isEmpty()) {
            return;
        }
        LOG.error("{} could not start a thread; {} tasks in its queue are cancelled", name, stranded.size());
        for (Entry entry : abandon(stranded)) {
            if (!(entry.task() instanceof Future<?>)) { // nobody else would hear of it
                failures.handle(entry.task(), new RejectedExecutionException(name + " could not start a thread"));
            }
        }
    }

    /** Ends tasks that were accepted and will not be run. Returns those that had not ended anyway. */
    private List<Entry> abandon(List<Entry> entries) {
        List<Entry> ended = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            if (entry.task() instanceof PoolTask<?> special && !special.isWaiting()) {
                left(List.of(special));
            } else {
                abandoned.incrementAndGet();
                ended.add(entry);
                cancel(entry.task());
            }
        }
        return ended;
    }

    private RejectedExecutionException reject(Runnable task, String why, @Nullable Throwable cause) {
        rejected.incrementAndGet();
        if (task instanceof PoolTask<?> special) {
            special.cancel(false);
        }
        return new RejectedExecutionException(name + " " + why, cause);
    }

    private void acceptSaturated(Runnable task) {
        if (!saturated) {
            saturated = true;
            tell(listener -> listener.saturated(facade()));
        }
        boolean waitsForKey = task instanceof PoolTask<?> special && special.options.key() != null && !special.holdsKey;
        switch (saturation.kind) {
            case REJECT -> throw reject(task, "is saturated", null);
            case DISCARD_OLDEST -> discardFor(task, waitsForKey);
            case BLOCK, CALLER_RUNS -> {
                boolean inWorker = isInWorker();
                if (!waitsForKey && (inWorker || saturation.kind == Saturation.Kind.CALLER_RUNS)) {
                    runInCaller(task);
                } else if (inWorker) {
                    throw reject(
                            task, "is saturated with tasks for keys, and its own worker must not wait for room", null);
                } else {
                    block(task, waitsForKey);
                }
            }
        }
    }

    private void discardFor(Runnable task, boolean waitsForKey) {
        Taken taken = new Taken();
        Answer answer = Answer.FULL;
        while (answer == Answer.FULL) {
            Runnable victim;
            if (waitsForKey && task instanceof PoolTask<?> special && special.options.key() != null) {
                victim = keyed.pollVictim(special.options.key());
            } else {
                victim = backlog.pollVictim(taken) ? taken.task : null;
            }
            if (victim == null) {
                answer = attempt(task);
                if (answer == Answer.FULL) {
                    throw reject(task, "is saturated", null);
                }
                break;
            }
            if (victim instanceof PoolTask<?> special && !special.isWaiting()) {
                left(List.of(victim));
            } else {
                discarded.incrementAndGet();
                cancel(victim);
            }
            answer = attempt(task);
        }
        if (answer == Answer.CLOSED) {
            throw reject(task, "is shut down", null);
        }
    }

    private void block(Runnable task, boolean waitsForKey) {
        if (waitsForKey) {
            submitters.mix();
        }
        long timeout = saturation.kind == Saturation.Kind.BLOCK ? saturation.timeoutNanos : Long.MAX_VALUE;
        switch (submitters.await(() -> attempt(task), backlog::hasRoom, clocks, timeout)) {
            case ACCEPTED -> {}
            case CLOSED -> throw reject(task, "is shut down", null);
            case INTERRUPTED ->
                throw reject(task, "is saturated, and its submitter was interrupted", new InterruptedException());
            case EXPIRED -> throw reject(task, "is saturated, for longer than its timeout", null);
        }
    }

    private void runInCaller(Runnable task) {
        ranInCaller.incrementAndGet();
        runElsewhere(task);
    }

    /** In another thread than a worker's, or inside another task of a worker. */
    private void runElsewhere(Runnable task) {
        TaskRun.Result result = run.run(task, clocks.roughNanos(), false);
        switch (result) {
            case RAN -> completedElsewhere.incrementAndGet();
            case FAILED -> {
                failedElsewhere.incrementAndGet();
                completedElsewhere.incrementAndGet();
            }
            case CANCELLED -> cancelled.incrementAndGet();
            case DEAD, ELSEWHERE -> {} // whoever finds it in the queue, or runs it, counts it
        }
        if (result.hasRun()
                && task instanceof PoolTask<?> special
                && special.wasInterrupted()
                && (crew.flags & Crew.STOPPED) == 0) {
            Thread.interrupted(); // it was meant for that task, and this thread goes on
        }
    }

    // ---- workers

    boolean isInWorker() {
        Worker self = Worker.current();
        return self != null && self.isOf(this);
    }

    /** Whether no worker is free to take a task, and none can be added. */
    boolean isExhausted() {
        long now = census.read();
        return Census.idle(now) == 0 && Census.workers(now) >= crew.limits.max() && (crew.flags & Crew.PAUSED) == 0;
    }

    /** Whether no other task of its key is before it. */
    boolean mayBegin(PoolTask<?> task) {
        Object key = task.options.key();
        return key == null || keyed.headBefore(task, key) == null;
    }

    /** A worker that would wait for this task runs it. */
    void runInstead(PoolTask<?> task) {
        runElsewhere(task);
        backlog.died();
        submitters.signalIfWaiting();
    }

    @Nullable
    Runnable takeFirst(Worker worker, Taken into) {
        if (!backlog.hasFirst()) {
            return null;
        }
        lock.lock();
        try {
            Runnable task = (crew.flags & Crew.PAUSED) != 0 ? null : backlog.pollFirst(into);
            worker.setTask(task);
            return task;
        } finally {
            lock.unlock();
        }
    }

    /** Puts a task back that was taken during a pause. */
    boolean giveBack(Worker worker, Runnable task, long submittedNanos) {
        lock.lock();
        try {
            if ((crew.flags & (Crew.PAUSED | Crew.STOPPED)) != Crew.PAUSED) {
                return false;
            }
            backlog.giveBack(task, submittedNanos);
            worker.setTask(null);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A worker has found the queue empty. */
    void wasIdle() {
        if (saturated) {
            saturated = false;
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
                backlog.addFirst(new Entry(next, clocks.roughNanos()));
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
        if (key != null && keyed.remove(task, key)) {
            cancelled.incrementAndGet();
        } else {
            ended(task);
            backlog.died();
        }
        submitters.signalIfWaiting();
    }

    // ---- control

    void pause() {
        lock.lock();
        try {
            if (!shutdown) {
                crew.flags |= Crew.PAUSED;
            }
        } finally {
            lock.unlock();
        }
    }

    void resume() {
        lock.lock();
        try {
            crew.flags &= ~Crew.PAUSED;
        } finally {
            lock.unlock();
        }
        ensureWorkers();
    }

    void resizeWorkers(int min, int max) {
        lock.lock();
        try {
            crew.resize(new Crew.Limits(min, max));
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
        } finally {
            lock.unlock();
        }
        left(ended);
        ensureWorkers();
        submitters.signalAll();
        Crew.Limits limits = crew.limits;
        tell(listener -> listener.resized(facade(), limits.min(), limits.max(), capacity));
    }

    // ---- the end

    void shutdown() {
        lock.lock();
        try {
            shutdown = true;
            backlog.close();
            keyed.close();
            crew.shutdown();
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        submitters.signalAll();
        ensureWorkers();
    }

    private record Running(Worker worker, @Nullable Thread thread, Runnable task, long startedNanos) {}

    ShutdownReport stop() {
        shutdown();
        List<Entry> waiting;
        List<Running> running = new ArrayList<>();
        long now = clocks.roughNanos();
        lock.lock();
        try {
            crew.flags |= Crew.STOPPED;
            waiting = new ArrayList<>(backlog.drain());
            for (PoolTask<?> task : keyed.drain()) {
                waiting.add(new Entry(task, task.createdNanos));
            }
            for (Worker worker : crew.list()) {
                Runnable task = worker.task();
                if (task != null) {
                    running.add(new Running(worker, worker.thread, task, worker.startedNanos()));
                }
            }
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        List<Unfinished> unfinished = new ArrayList<>();
        for (Running each : running) {
            // Not under the lock: it stops the thread.
            List<StackTraceElement> stack = each.thread == null ? List.of() : List.of(each.thread.getStackTrace());
            unfinished.add(unfinished(each.task, true, now - each.startedNanos, stack));
        }
        crew.interrupt(running.stream().map(Running::worker).toList());
        for (Entry entry : abandon(waiting)) {
            unfinished.add(unfinished(entry.task(), false, now - entry.submittedNanos(), List.of()));
        }
        return new ShutdownReport(unfinished);
    }

    private Unfinished unfinished(Runnable task, boolean started, long age, List<StackTraceElement> stack) {
        Runnable shown = task instanceof PoolTask<?> special ? special.shown() : task;
        return new Unfinished(shown, nameOf(task), started, Duration.ofNanos(Math.max(0, age)), stack);
    }

    boolean awaitTermination(Deadline deadline) throws InterruptedException {
        Thread self = Thread.currentThread();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        lock.lock();
        try {
            awaitingEnd.add(self);
        } finally {
            lock.unlock();
        }
        try {
            while (!terminated) {
                if (deadline.isExpired()) {
                    return terminated;
                }
                deadline.parkUntilExpired(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return true;
        } finally {
            lock.lock();
            try {
                awaitingEnd.remove(self);
            } finally {
                lock.unlock();
            }
        }
    }

    boolean isShutdown() {
        return shutdown;
    }

    boolean isTerminated() {
        return terminated;
    }

    /** Requires the lock. */
    void signalIfTerminated() {
        if (shutdown && !terminated && crew.isEmpty() && backlog.isEmpty() && keyed.waiting() == 0) {
            terminated = true;
            awaitingEnd.forEach(LockSupport::unpark);
        }
    }

    // ---- to be seen

    PoolMetrics metrics() {
        lock.lock();
        try {
            Crew.Totals totals = crew.totals(); // before what was submitted, so that no more ended than began
            long word = census.read();
            long refused = rejected.get();
            long submitted = backlog.accepted() + keyed.accepted() + direct.get() + ranInCaller.get() + refused;
            return new PoolMetrics(
                    submitted,
                    totals.completed() + completedElsewhere.get(),
                    totals.failed() + failedElsewhere.get(),
                    totals.cancelled() + cancelled.get(),
                    refused,
                    discarded.get(),
                    abandoned.get(),
                    backlog.size() + keyed.waiting(),
                    Math.max(backlog.peak(), keyed.peak()),
                    Census.workers(word) - Census.idle(word),
                    Census.workers(word),
                    submitters.count(),
                    run.queueTimes.snapshot(),
                    run.runTimes.snapshot(),
                    totals.lifeNanos() == 0 ? 0 : Math.min(1.0, (double) totals.busyNanos() / totals.lifeNanos()));
        } finally {
            lock.unlock();
        }
    }

    String nameOf(Runnable task) {
        return task instanceof PoolTask<?> special ? special.name() : Failures.nameOf(task);
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

    private void cancel(@Nullable Runnable task) {
        if (task instanceof Future<?> future) {
            guard("the cancellation of a task", () -> future.cancel(false));
        }
    }
}

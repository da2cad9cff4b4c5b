package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of a {@link WorkerPool}, all of it guarded by one lock that is never held while foreign code runs.
 *
 * <p>A task is in one place at a time: with a submitter who waits, in the queue, with a worker, or done. Submitters who
 * wait are an extension of the queue: whenever a worker takes a task from the queue, the first of them moves up. So
 * while somebody waits in {@code blocked} the queue is full and no worker is idle, and while a worker is idle the queue
 * is empty.
 */
final class PoolEngine {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    private static final class Submitter {
        final Thread thread = Thread.currentThread();
        final Runnable task;

        /** Whether the pool has taken the task, or will not; written under the lock. */
        volatile boolean decided;

        boolean accepted;

        Submitter(Runnable task) {
            this.task = task;
        }
    }

    final String name;
    private final int minWorkers;
    private final int maxWorkers;
    private final long keepAliveNanos;
    private final int capacity;
    private final Saturation saturation;
    private final ThreadFactory threads;
    private final TimeSource time;
    private final BiConsumer<? super Runnable, ? super Throwable> failureHandler;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final ArrayDeque<Submitter> blocked = new ArrayDeque<>();
    private final ArrayDeque<Worker> idle = new ArrayDeque<>();
    private final Set<Worker> workers = new HashSet<>();
    private final List<Thread> awaitingEnd = new ArrayList<>();
    private boolean shutdown;
    private boolean stopped;
    private long submitted;
    private long completed;
    private long failed;
    private long rejected;
    private long discarded;
    private long abandoned;
    private int peakQueued;

    PoolEngine(WorkerPool.Builder builder) {
        this.name = builder.name;
        this.minWorkers = builder.minWorkers;
        this.maxWorkers = builder.maxWorkers;
        this.keepAliveNanos = Checks.saturatedNanos(builder.keepAlive);
        this.capacity = builder.queueCapacity;
        this.saturation = builder.saturation;
        this.threads = builder.threads;
        this.time = builder.time;
        this.failureHandler = builder.failureHandler;
    }

    void execute(Runnable task) {
        Worker starting = null;
        Submitter waiting = null;
        Runnable victim = null;
        boolean inCaller = false;
        lock.lock();
        try {
            submitted++;
            if (shutdown) {
                throw reject("is shut down", null);
            }
            if (wakeIdle(task)) {
                return;
            }
            if (workers.size() < maxWorkers) {
                starting = new Worker(task);
                workers.add(starting);
            } else if (enqueue(task)) {
                return;
            } else {
                switch (saturation.kind) {
                    case BLOCK -> {
                        inCaller = isOwnWorker();
                        waiting = inCaller ? null : new Submitter(task);
                    }
                    case CALLER_RUNS -> inCaller = true;
                    case REJECT -> throw reject("is saturated", null);
                    case DISCARD_OLDEST -> victim = replaceOldest(task);
                }
                if (waiting != null) {
                    blocked.addLast(waiting);
                }
            }
        } finally {
            lock.unlock();
        }
        if (starting != null) {
            start(starting);
        } else if (waiting != null) {
            await(waiting);
        } else if (inCaller) {
            runInCaller(task);
        } else {
            cancel(victim);
        }
    }

    /** Requires the lock. The last to become idle: its caches are warm, and the others may end. */
    private boolean wakeIdle(Runnable task) {
        Worker free = idle.pollFirst();
        if (free == null) {
            return false;
        }
        free.wake(task);
        return true;
    }

    /** Requires the lock. */
    private boolean enqueue(Runnable task) {
        if (queue.size() >= capacity) {
            return false;
        }
        queue.addLast(task);
        peakQueued = Math.max(peakQueued, queue.size());
        return true;
    }

    /** Requires the lock. */
    private Runnable replaceOldest(Runnable task) {
        if (queue.isEmpty()) {
            throw reject("is saturated", null);
        }
        discarded++;
        queue.addLast(task);
        return queue.removeFirst();
    }

    /** Requires the lock. */
    private boolean isOwnWorker() {
        return workers.stream().anyMatch(worker -> worker.thread == Thread.currentThread());
    }

    /** Requires the lock. */
    private RejectedExecutionException reject(String why, @Nullable Throwable cause) {
        rejected++;
        return new RejectedExecutionException(name + " " + why, cause);
    }

    private void start(Worker worker) {
        try {
            Thread thread = threads.newThread(worker);
            if (thread == null) {
                throw new IllegalStateException("the thread factory of " + name + " returned null");
            }
            worker.thread = thread;
            thread.start();
        } catch (Throwable failure) {
            notStarted(worker, failure);
        }
    }

    /**
     * Leaves the task to another worker, or rejects it if there is none; then nobody would ever take the tasks that have
     * been accepted meanwhile, either, and they are cancelled.
     */
    private void notStarted(Worker worker, Throwable failure) {
        List<Runnable> stranded;
        lock.lock();
        try {
            if (worker.claimed) {
                return; // the factory had started the thread itself
            }
            workers.remove(worker);
            Runnable task = worker.first;
            if (!shutdown && (wakeIdle(task) || (!workers.isEmpty() && enqueue(task)))) {
                return;
            }
            stranded = workers.isEmpty() ? abandonQueue() : List.of();
            if (workers.isEmpty()) {
                rejectBlocked();
            }
            signalIfTerminated();
            rejected++;
        } finally {
            lock.unlock();
        }
        if (!stranded.isEmpty()) {
            LOG.error("{} could not start a thread; {} tasks in its queue are cancelled", name, stranded.size());
            stranded.forEach(this::cancel);
        }
        throw new RejectedExecutionException(name + " could not start a thread", failure);
    }

    /** Requires the lock. */
    private List<Runnable> abandonQueue() {
        List<Runnable> left = new ArrayList<>(queue);
        abandoned += queue.size();
        queue.clear();
        return left;
    }

    /** Requires the lock. */
    private void rejectBlocked() {
        for (Submitter submitter : blocked) {
            submitter.decided = true;
            LockSupport.unpark(submitter.thread);
        }
        blocked.clear();
    }

    private void runInCaller(Runnable task) {
        boolean threw = !run(task);
        lock.lock();
        try {
            ended(threw);
        } finally {
            lock.unlock();
        }
    }

    private void await(Submitter submitter) {
        long start = time.nanoTime();
        boolean interrupted = false;
        boolean expired = false;
        while (!submitter.decided && !interrupted && !expired) {
            if (saturation.timeoutNanos == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                time.parkNanos(this, saturation.timeoutNanos - (time.nanoTime() - start));
                expired = time.nanoTime() - start >= saturation.timeoutNanos;
            }
            interrupted = Thread.currentThread().isInterrupted();
        }
        lock.lock();
        try {
            if (submitter.accepted) {
                return; // whatever else happened, the task will run
            }
            blocked.remove(submitter);
            if (submitter.decided) {
                throw reject(shutdown ? "is shut down" : "could not start a thread", null);
            }
            throw interrupted
                    ? reject("is saturated, and its submitter was interrupted", new InterruptedException())
                    : reject("is saturated, for longer than its timeout", null);
        } finally {
            lock.unlock();
        }
    }

    private void cancel(@Nullable Runnable task) {
        if (task instanceof Future<?> future) {
            try {
                future.cancel(false);
            } catch (Throwable failure) {
                LOG.error("a task of {} could not be cancelled: {}", name, task, failure);
            }
        }
    }

    /** Returns whether the task returned normally. */
    private boolean run(Runnable task) {
        try {
            task.run();
            return true;
        } catch (Throwable failure) {
            try {
                failureHandler.accept(task, failure);
            } catch (Throwable broken) {
                LOG.error("a task of {} failed: {}", name, task, failure);
                LOG.error("and so did its failure handler", broken);
            }
            return false;
        }
    }

    /** Requires the lock. */
    private void ended(boolean threw) {
        completed++;
        if (threw) {
            failed++;
        }
    }

    void shutdown() {
        lock.lock();
        try {
            shutdown = true;
            rejectBlocked();
            for (Worker worker : idle) {
                workers.remove(worker);
                worker.wake(null);
            }
            idle.clear();
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
    }

    ShutdownReport stop() {
        shutdown();
        List<Runnable> neverStarted;
        List<Runnable> running = new ArrayList<>();
        lock.lock();
        try {
            stopped = true;
            neverStarted = abandonQueue();
            for (Worker worker : workers) {
                Runnable task = worker.claimed ? worker.current : worker.first;
                if (task != null) {
                    running.add(task);
                }
                Thread thread = worker.thread;
                if (thread != null) {
                    thread.interrupt();
                }
            }
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        neverStarted.forEach(this::cancel);
        return new ShutdownReport(neverStarted, running);
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
            while (!isTerminated()) {
                if (deadline.isExpired()) {
                    return false;
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
        lock.lock();
        try {
            return shutdown;
        } finally {
            lock.unlock();
        }
    }

    boolean isTerminated() {
        lock.lock();
        try {
            return shutdown && workers.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. A worker leaves only when the queue is empty, so no worker is left only when nothing is. */
    private void signalIfTerminated() {
        if (shutdown && workers.isEmpty()) {
            awaitingEnd.forEach(LockSupport::unpark);
        }
    }

    PoolMetrics metrics() {
        lock.lock();
        try {
            return new PoolMetrics(
                    submitted,
                    completed,
                    failed,
                    rejected,
                    discarded,
                    abandoned,
                    queue.size(),
                    peakQueued,
                    workers.size() - idle.size(),
                    workers.size());
        } finally {
            lock.unlock();
        }
    }

    private final class Worker implements Runnable {
        final Runnable first;

        /** Set before the thread is started. */
        volatile @Nullable Thread thread;

        // Guarded by the lock.
        boolean claimed;

        @Nullable
        Runnable current;

        /** Whether it may look at {@link #current}; written under the lock. */
        private volatile boolean woken;

        Worker(Runnable first) {
            this.first = first;
        }

        /** Requires the lock: gives an idle worker its next task, or null to end. */
        void wake(@Nullable Runnable task) {
            current = task;
            woken = true;
            LockSupport.unpark(thread);
        }

        @Override
        public void run() {
            Runnable task = claimFirst();
            while (task != null) {
                clearInterruptUnlessStopped();
                boolean threw = !PoolEngine.this.run(task);
                task = next(threw);
            }
        }

        /** The first task, unless the pool believes that this worker could not be started. */
        private @Nullable Runnable claimFirst() {
            lock.lock();
            try {
                if (!workers.contains(this)) {
                    return null;
                }
                claimed = true;
                thread = Thread.currentThread();
                current = first;
                return first;
            } finally {
                lock.unlock();
            }
        }

        /** An interrupt meant the task before, unless it was {@link #stop}'s. */
        private void clearInterruptUnlessStopped() {
            Thread.interrupted();
            lock.lock();
            try {
                if (stopped) {
                    Thread.currentThread().interrupt();
                }
            } finally {
                lock.unlock();
            }
        }

        private @Nullable Runnable next(boolean threw) {
            lock.lock();
            try {
                ended(threw);
                Runnable task = poll();
                current = task;
                if (task != null) {
                    return task;
                }
                if (shutdown) {
                    workers.remove(this);
                    signalIfTerminated();
                    return null;
                }
                woken = false;
                idle.addFirst(this);
            } finally {
                lock.unlock();
            }
            return awaitTask();
        }

        /** Requires the lock. */
        private @Nullable Runnable poll() {
            Runnable task = queue.pollFirst();
            Submitter submitter = blocked.pollFirst();
            if (submitter != null) {
                if (task == null) {
                    task = submitter.task; // no queue: hand over
                } else {
                    queue.addLast(submitter.task);
                }
                submitter.accepted = true;
                submitter.decided = true;
                LockSupport.unpark(submitter.thread);
            }
            return task;
        }

        private @Nullable Runnable awaitTask() {
            long since = time.nanoTime();
            while (!woken) {
                Thread.interrupted(); // idle, it concerns nobody, and would keep the thread from parking
                long left = keepAliveNanos - (time.nanoTime() - since);
                if (left > 0) {
                    time.parkNanos(this, left);
                } else if (endIfSpare()) {
                    return null;
                } else if (!woken) { // the wake-up may have been what ended the last wait
                    LockSupport.park(this); // one of the minimum
                }
            }
            lock.lock();
            try {
                return current;
            } finally {
                lock.unlock();
            }
        }

        private boolean endIfSpare() {
            lock.lock();
            try {
                if (woken || workers.size() <= minWorkers) {
                    return false;
                }
                idle.remove(this);
                workers.remove(this);
                return true;
            } finally {
                lock.unlock();
            }
        }
    }
}

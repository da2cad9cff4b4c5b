package dev.weir.core.fanout;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.HandedTask;
import dev.weir.core.internal.wait.PromptLock;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Hands the workers of a call to the executor: one first, and others as long as there is something for them to do. If
 * the executor has dropped all workers that it had, the call fails, as nobody would end it.
 */
final class WorkerLauncher<T extends @Nullable Object, R extends @Nullable Object> {
    /** How many others each worker starts when it takes an item, so that a thousand are there after ten steps. */
    private static final int STARTED_BY_EACH = 2;

    private final FanOutRun<T, R> run;
    private final Executor executor;
    private final AtomicInteger launched = new AtomicInteger();

    /** How many launches have not ended: on their way to a thread, or at work. */
    private final AtomicInteger live = new AtomicInteger();

    /** The concurrency, or 0 once the executor has not taken a worker. */
    private volatile int maxWorkers;

    /** Held while a worker is added to the list. */
    private final PromptLock lock = new PromptLock();

    WorkerLauncher(FanOutRun<T, R> run) {
        this.run = run;
        this.maxWorkers = run.settings.concurrency;
        Executor chosen = run.settings.executor;
        String name = run.settings.threadName;
        this.executor =
                chosen != null ? chosen : task -> Threads.virtual(name, task).start();
    }

    /**
     * Starts the first worker. Throws what the executor throws.
     *
     * @param here whether the executor may run it in this thread
     */
    void start(boolean here) {
        launched.set(1);
        if (!new Launch(this, newWorker(), here).handOver()) {
            throw new RejectedExecutionException("the executor runs tasks in the thread that waits for them");
        }
    }

    private ItemWorker<T, R> newWorker() {
        ItemWorker<T, R> worker = new ItemWorker<>(run);
        lock.lock();
        try {
            run.workers.add(worker);
        } finally {
            lock.unlock();
        }
        return worker;
    }

    boolean isGrowing() {
        return maxWorkers > 0;
    }

    /** Whether the executor is known to be shut down. */
    boolean isShutDown() {
        try {
            return executor instanceof ExecutorService service && service.isShutdown();
        } catch (Throwable broken) { // of the user's; then it is not known
            return false;
        }
    }

    /** Starts more workers, if there may be more and there is something to do for them. */
    void grow() {
        for (int i = 0; i < STARTED_BY_EACH; i++) {
            int before = launched.get();
            if (before >= maxWorkers || run.state.isExhausted()) {
                return;
            }
            if (launched.compareAndSet(before, before + 1)) {
                launch(newWorker());
            }
        }
    }

    /** Hands a worker to the executor; false if that would not run it, and then no other is handed over. */
    boolean launch(ItemWorker<T, R> worker) {
        Throwable notStarted;
        try {
            if (new Launch(this, worker, false).handOver()) {
                return true;
            }
            notStarted = null;
        } catch (Throwable refused) {
            notStarted = refused;
        }
        maxWorkers = 0;
        if (notStarted != null && !(notStarted instanceof RejectedExecutionException)) {
            Callbacks.error(
                    FanOutRun.LOG,
                    "{} cannot start another worker and goes on with those that it has",
                    run.settings.name,
                    notStarted);
        }
        return false;
    }

    /** The call is over: takes back what the executor has not begun. */
    void withdrawAll() {
        for (int i = run.workers.size() - 1; i >= 0; i--) {
            HandedTask launch = run.workers.get(i).launch;
            if (launch != null) {
                launch.withdraw();
            }
        }
    }

    /** Ends the call if no worker is left that could. */
    private void requireWorkers() {
        if (live.get() == 0) {
            dropped();
        }
    }

    /** The executor runs none of the workers that it was handed. */
    void dropped() {
        if (!run.state.isOver()) {
            run.failed(Stop.failed(
                    new CancellationException("the executor of " + run.settings.name + " dropped its workers")));
        }
    }

    /** A worker on its way to a thread. */
    private static final class Launch extends HandedTask {
        private final Executor executor;
        private final boolean here;

        /** Until it has ended, for a queue may hold this for longer. */
        private volatile @Nullable WorkerLauncher<?, ?> launcher;

        /** The thread that hands it over, meanwhile. */
        private volatile @Nullable Thread from = Thread.currentThread();

        /** Of the thread that hands it over alone. */
        private boolean declined;

        Launch(WorkerLauncher<?, ?> launcher, ItemWorker<?, ?> worker, boolean here) {
            super(launcher.executor, worker::work);
            this.executor = launcher.executor;
            this.launcher = launcher;
            this.here = here;
            worker.launch = this;
            launcher.live.incrementAndGet();
        }

        /** False if the executor would run it in the thread that hands it over, which has something else to do. */
        boolean handOver() {
            WorkerLauncher<?, ?> handing = launcher;
            try {
                executor.execute(this);
            } catch (Throwable refused) {
                withdraw();
                throw refused;
            } finally {
                from = null;
            }
            if (declined) {
                return false;
            }
            if (handing != null) {
                handing.requireWorkers(); // the executor may have dropped it at once
                if (handing.run.state.isOver()) {
                    withdraw(); // the others may have been withdrawn already
                }
            }
            return true;
        }

        @Override
        public void run() {
            if (!here && Thread.currentThread() == from) {
                declined = true;
                cancel(false);
            } else {
                super.run();
            }
        }

        @Override
        protected void done() {
            WorkerLauncher<?, ?> ended = launcher;
            launcher = null;
            if (ended != null && ended.live.decrementAndGet() == 0 && Thread.currentThread() != from) {
                ended.requireWorkers();
            }
        }
    }
}

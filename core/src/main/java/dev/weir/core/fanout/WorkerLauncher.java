package dev.weir.core.fanout;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands the workers of a call to the executor: one first, and others as long as there is something for them. */
final class WorkerLauncher<T extends @Nullable Object, R extends @Nullable Object> {
    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);

    /** Each worker starts so many others when it reads, so that a thousand are there after ten steps. */
    private static final int STARTED_BY_EACH = 2;

    private final FanOutRun<T, R> run;
    private final Executor executor;
    private final AtomicInteger launched = new AtomicInteger();

    /** As many as the concurrency, or 0 once the executor would not take one. */
    private volatile int mostWorkers;

    /** Held while a worker is added to the roster. */
    private final ReentrantLock lock = new ReentrantLock();

    WorkerLauncher(FanOutRun<T, R> run) {
        this.run = run;
        this.mostWorkers = run.settings.concurrency;
        Executor chosen = run.settings.executor;
        String name = run.settings.name;
        this.executor =
                chosen != null ? chosen : task -> Thread.ofVirtual().name(name).start(task);
    }

    /**
     * Starts the first worker. What the executor throws is passed on.
     *
     * @param here whether the executor may run it in this thread
     */
    void start(boolean here) {
        launched.set(1);
        if (!new Launch(newWorker(), here).handOver()) {
            throw new RejectedExecutionException("the executor runs tasks in the thread that waits for them");
        }
    }

    private ItemWorker<T, R> newWorker() {
        ItemWorker<T, R> worker = new ItemWorker<>(run);
        lock.lock();
        try {
            run.roster.add(worker);
        } finally {
            lock.unlock();
        }
        return worker;
    }

    boolean isGrowing() {
        return mostWorkers > 0;
    }

    /** Starts more workers, if there may be more and there is something to do for them. */
    void grow() {
        for (int i = 0; i < STARTED_BY_EACH; i++) {
            int before = launched.get();
            if (before >= mostWorkers || run.state.isExhausted()) {
                return;
            }
            if (launched.compareAndSet(before, before + 1)) {
                launch(newWorker());
            }
        }
    }

    /** Hands a worker to the executor; false if that would not run it, and then no other is handed over. */
    boolean launch(ItemWorker<T, R> worker) {
        try {
            if (new Launch(worker, false).handOver()) {
                return true;
            }
        } catch (RejectedExecutionException fewerMustDo) {
            // those who work already
        } catch (Throwable notStarted) {
            LOG.error(
                    "{} cannot start another worker and goes on with those that it has", run.settings.name, notStarted);
        }
        mostWorkers = 0;
        return false;
    }

    /** A worker on its way to a thread. */
    private final class Launch implements Runnable {
        private final ItemWorker<T, R> worker;
        private final boolean here;
        private final Thread from = Thread.currentThread();

        // Of the thread that hands it over alone.
        private boolean underway = true;
        private boolean declined;

        Launch(ItemWorker<T, R> worker, boolean here) {
            this.worker = worker;
            this.here = here;
        }

        /** False if the executor would run it in the thread that hands it over, which has something else to do. */
        boolean handOver() {
            executor.execute(this);
            underway = false;
            return !declined;
        }

        @Override
        public void run() {
            if (Thread.currentThread() == from && underway && !here) {
                declined = true;
            } else {
                worker.work();
            }
        }
    }
}

package dev.weir.core.pool;

import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the failures go that nobody asked for. */
final class UnhandledFailures {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    /** Made, with its daemon thread, when the first submitted task fails that nobody waits for. */
    private static final class Lazy {
        static final Cleaner CLEANER = Cleaner.create();
    }

    /** Where the task was submitted; the failure carries it as suppressed. */
    static final class SubmittedHere extends Exception {
        private static final long serialVersionUID = 1;

        SubmittedHere(String pool) {
            super("submitted to " + pool + " here");
        }
    }

    /** Whether somebody has asked a future how it ended: apart from the future, which it outlives. */
    static final class Asked {
        volatile boolean yes;
    }

    /**
     * What is done with a failure once its future is out of reach. It must not refer to the future, which the handler may
     * do through its owner: so it must not keep the handler, either.
     */
    private static final class Unasked implements Runnable {
        private final WeakReference<UnhandledFailures> failures;
        private final String pool;
        private final Asked asked;
        private final String task;
        private final Throwable failure;

        Unasked(UnhandledFailures failures, Asked asked, String task, Throwable failure) {
            this.failures = new WeakReference<>(failures);
            this.pool = failures.pool;
            this.asked = asked;
            this.task = task;
            this.failure = failure;
        }

        @Override
        public void run() {
            if (asked.yes) {
                return;
            }
            UnhandledFailures present = failures.get();
            if (present != null) {
                present.handle(new Gone(task), failure);
            } else { // the pool went with the future
                LOG.error("a task of {} failed: {}", pool, task, failure);
            }
        }
    }

    /** Stands for a task whose future nobody has any more. */
    private record Gone(String name) implements Runnable {
        @Override
        public void run() {}

        @Override
        public String toString() {
            return name;
        }
    }

    private final String pool;
    private final @Nullable BiConsumer<? super Runnable, ? super Throwable> handler;

    UnhandledFailures(String pool, @Nullable BiConsumer<? super Runnable, ? super Throwable> handler) {
        this.pool = pool;
        this.handler = handler;
    }

    void handle(Runnable task, Throwable failure) {
        try {
            if (handler == null) {
                LOG.error("a task of {} failed: {}", pool, nameOf(task), failure);
            } else {
                handler.accept(task, failure);
            }
        } catch (Throwable broken) {
            LOG.error("a task of {} failed: {}", pool, nameOf(task), failure);
            LOG.error("and so did its failure handler", broken);
        }
    }

    /** Has a failure handled when its holder, the task's future, is out of reach and nobody has asked for it. */
    void handleUnlessAsked(Object holder, Asked asked, String task, Throwable failure) {
        if (!asked.yes) {
            Lazy.CLEANER.register(holder, new Unasked(this, asked, task, failure));
        }
    }

    static String nameOf(Object task) {
        try {
            return String.valueOf(task);
        } catch (Throwable broken) {
            return task.getClass().getName();
        }
    }
}

package dev.weir.core.sync;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Threads;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a {@link KeyedExecutor} gives to its executor: runs the next task of a key, whichever that is by then. A step
 * that comes too late, or twice, finds nothing to do and harms nothing.
 *
 * <p>It is a {@link java.util.concurrent.Future} so that an executor which drops what it has accepted can cancel it.
 * One that drops it silently (as the JDK's handlers do after a shutdown) is noticed when the step becomes unreachable.
 */
final class DrainStep extends FutureTask<@Nullable Void> {
    /** Nothing but the state of the future is used. */
    private static final Callable<@Nullable Void> NOTHING = () -> null;

    private final KeyQueue queue;
    final Ticket ticket;

    private DrainStep(KeyQueue queue) {
        super(NOTHING);
        this.queue = queue;
        this.ticket = new Ticket(this, queue);
    }

    /** Returns null if there is no memory for one. */
    static @Nullable DrainStep newOrNull(KeyQueue queue) {
        try {
            return new DrainStep(queue);
        } catch (Throwable outOfMemory) {
            return null;
        }
    }

    /** Returns what the executor threw, or null. */
    @Nullable
    Throwable offerTo(Executor executor) {
        try {
            executor.execute(this);
        } catch (Throwable refusal) {
            return refusal;
        }
        if (!isDone()) {
            Ticket.watch();
        }
        return null;
    }

    @Override
    public void run() {
        try {
            if (!isDone()) {
                queue.run(ticket);
            }
        } finally {
            set(null);
            Reference.reachabilityFence(this); // it has been begun by now, so it cannot be taken for a dropped one
        }
    }

    @Override
    protected void done() {
        if (isCancelled()) {
            queue.dropped(ticket);
        }
    }

    /**
     * A description for logs and debuggers.
     *
     * @return for instance {@code next task of key 17 in orders}
     */
    @Override
    public String toString() {
        return "next task of " + queue;
    }

    /** What the queue knows of a step that the executor has. It does not keep the step alive. */
    static final class Ticket extends PhantomReference<DrainStep> {
        private static final Logger LOG = LoggerFactory.getLogger(KeyedExecutor.class);
        private static final ReferenceQueue<DrainStep> UNREACHABLE = new ReferenceQueue<>();
        private static final AtomicBoolean WATCHED = new AtomicBoolean();

        private final KeyQueue queue;

        /** Whether the step has begun or was dropped; guarded by the lock of the queue. */
        boolean used;

        private Ticket(DrainStep step, KeyQueue queue) {
            super(step, UNREACHABLE);
            this.queue = queue;
        }

        /** Has dropped steps noticed from now on, by one thread for all. */
        static void watch() {
            if (WATCHED.get() || !WATCHED.compareAndSet(false, true)) {
                return;
            }
            try {
                Threads.daemon("weir-dropped-steps", Ticket::watchForever).start();
            } catch (Throwable failure) { // no memory for a thread; the next step tries again
                WATCHED.set(false);
                Callbacks.error(LOG, "cannot start the thread that notices dropped tasks", failure);
            }
        }

        private static void watchForever() {
            while (true) {
                try {
                    ((Ticket) UNREACHABLE.remove()).reportDropped();
                } catch (Throwable failure) { // out of memory; nobody interrupts this thread
                    Callbacks.error(LOG, "a dropped task cannot be reported", failure);
                }
            }
        }

        /** In a thread of its own, as failure handlers are called, which may block. */
        private void reportDropped() {
            Runnable report = () -> queue.dropped(this);
            try {
                Threads.virtual("weir-dropped-step", report).start();
            } catch (Throwable noThread) {
                report.run();
            }
        }
    }
}

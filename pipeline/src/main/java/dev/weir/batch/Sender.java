package dev.weir.batch;

import dev.weir.core.Outcome;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.HandedTask;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.pool.TaskRejectedException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bulk call, in a virtual thread of its own: takes the items, makes the call or has an executor make it, and gives
 * each item its outcome. Blocked callers get theirs first. Then the place for bulk calls is free, and only then are
 * futures completed, which runs foreign code: their dependents hold up nobody else.
 */
final class Sender<I, O extends @Nullable Object> implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);

    private final Batcher<I, O> batcher;
    private final InterruptGuard guard = new InterruptGuard();

    /** The items, from the moment on at which they are taken. Written under the lock of the line. */
    @Nullable
    PendingItem<I, O> first;

    int count;

    // Volatile: set before the interrupt, read after the section has begun.
    private volatile boolean cut;

    private volatile @Nullable Thread thread;
    private volatile @Nullable Handed handed;

    // Of the thread that makes the call, and published by its end to this one.
    private Object @Nullable [] outcomes;
    private @Nullable Throwable thrown;

    // This thread's own; made before the line is locked.
    private @Nullable Outcome<O> failure;
    private @Nullable Outcome<O> unheard;

    Sender(Batcher<I, O> batcher) {
        this.batcher = batcher;
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        try {
            if (batcher.take(this)) {
                call();
                end();
            }
        } finally {
            batcher.leave(this);
        }
    }

    // ---- the call

    private void call() {
        Executor executor = batcher.settings.executor();
        try {
            List<I> items = items();
            if (executor == null) {
                invoke(items);
            } else {
                handOver(executor, items);
            }
        } catch (Throwable shortOfMemory) {
            thrown = shortOfMemory;
        }
    }

    @SuppressWarnings("unchecked") // an array of what the chain holds
    private List<I> items() {
        @Nullable Object[] items = new @Nullable Object[count];
        int i = 0;
        for (PendingItem<I, O> item = first; item != null; item = item.next) {
            items[i++] = item.item;
        }
        return (List<I>) Collections.unmodifiableList(Arrays.asList(items));
    }

    private void invoke(List<I> items) {
        try {
            Contexts.Installed installed = batcher.context.install();
            try {
                guard.begin();
                try {
                    if (cut) {
                        throw notBegun();
                    }
                    List<?> results = batcher.context.surround(
                            () -> batcher.settings.function().apply(items));
                    outcomes = check(results, items.size());
                } finally {
                    guard.endAndClear();
                }
            } finally {
                installed.restore();
            }
        } catch (Throwable failed) {
            thrown = failed;
        }
    }

    private Object[] check(List<?> results, int expected) {
        Object[] copy = results.toArray();
        if (copy.length != expected) {
            throw new IllegalStateException("the bulk function of " + batcher.settings.name() + " returned "
                    + copy.length + " results for " + expected + " items");
        }
        for (int i = 0; i < copy.length; i++) {
            if (!(copy[i] instanceof Outcome<?>)) {
                throw new NullPointerException("the bulk function returned null as outcome " + i);
            }
        }
        return copy;
    }

    /** A call in an executor. It may be dropped before it begins, and this thread waits for its end in any case. */
    private final class Handed extends HandedTask {
        private final int since = WaitText.now();
        private volatile boolean ended;

        Handed(Executor executor, Runnable work) {
            super(executor, work);
        }

        @Override
        protected void done() {
            ended = true;
            LockSupport.unpark(thread);
        }

        /** What thread dumps show as waited for. */
        @Override
        public String toString() {
            Thread waiting = thread;
            return "Batcher " + batcher.settings.name() + ": the end of a bulk call of " + count
                    + " items in its executor" + (waiting == null ? "" : WaitText.sole(waiting, since));
        }
    }

    private void handOver(Executor executor, List<I> items) {
        Handed task = new Handed(executor, () -> invoke(items));
        handed = task;
        Throwable refusal = null;
        if (cut) {
            task.withdraw();
        }
        try {
            executor.execute(task);
        } catch (Throwable refused) {
            refusal = refused;
            task.withdraw(); // it may have been accepted all the same, and have begun
        }
        while (!task.ended) {
            try {
                HandedTask.await(executor, () -> task.ended, task, () -> task.cancel(false));
            } catch (Throwable shortOfMemory) {
                // again: the call may still run
            }
            Thread.interrupted(); // the thread is this sender's own, so one left by an executor means nothing
        }
        if (task.isCancelled()) {
            thrown = refusal != null ? refusal : notBegun();
        }
    }

    private RuntimeException notBegun() {
        String name = batcher.settings.name();
        return cut
                ? new CancellationException(name + " was closed")
                : new TaskRejectedException(
                        TaskRejectedException.Reason.NOT_STARTED,
                        "the executor of " + name + " dropped a bulk call",
                        null);
    }

    // ---- its end

    private void end() {
        Outcome<O> failed = null;
        Throwable cause = thrown;
        while (cause != null && failed == null) {
            try {
                failed = cause instanceof CancellationException
                        ? Outcome.cancelled(true, cause)
                        : Outcome.failure(cause);
            } catch (Throwable shortOfMemory) {
                // again: those who wait must get it
            }
        }
        failure = failed;
        batcher.line.end(this);
        for (PendingItem<I, O> item = first; item != null; item = item.next) {
            if (item.caller != null && item.outcome != null) {
                item.finish();
            }
        }
        batcher.pump();
        PendingItem<I, O> item = first;
        first = null;
        while (item != null) {
            PendingItem<I, O> next = item.next;
            if (item.caller == null && item.outcome != null) {
                item.finish();
            }
            forget(item);
            item = next;
        }
        logUnheard();
    }

    /** A future that is kept must not keep the items of its batch. Its other link may be a closing thread's by now. */
    private static <I, O extends @Nullable Object> void forget(PendingItem<I, O> item) {
        item.item = null;
        item.next = null;
    }

    /** What became of an item; called under the lock of the line. */
    @SuppressWarnings("unchecked") // an outcome of type O holds nothing else
    Outcome<O> outcome(int index) {
        Outcome<O> failed = failure;
        if (failed != null) {
            return failed;
        }
        Object[] results = outcomes;
        return (Outcome<O>) Objects.requireNonNull(results)[index];
    }

    /** A failure whose item was given up before; called under the lock of the line. */
    void unheard(Outcome<O> outcome) {
        if (unheard == null) {
            unheard = outcome;
        }
    }

    private void logUnheard() {
        Throwable cause = unheard instanceof Outcome.Failure<O>(Throwable thrown) ? thrown : null;
        if (cause != null && !Interrupts.isEffectOf(cut, cause)) {
            Callbacks.error(
                    LOG, "a bulk call of {} failed for items that were given up", batcher.settings.name(), cause);
        }
    }

    // ---- from other threads

    /** Whether the current thread makes this bulk call. */
    boolean isCalling() {
        return guard.thread() == Thread.currentThread();
    }

    /** Whether the current thread is this one, which may be completing futures. */
    boolean isHere() {
        return thread == Thread.currentThread();
    }

    /** Keeps the call from beginning, or interrupts it. */
    void interrupt() {
        cut = true;
        Handed task = handed;
        if (task != null) {
            task.withdraw();
        }
        guard.interrupt();
    }

    @Override
    public String toString() {
        return "a bulk call of " + batcher.settings.name();
    }
}

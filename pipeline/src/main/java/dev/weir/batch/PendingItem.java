package dev.weir.batch;

import dev.weir.core.Outcome;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Futures;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An item on its way into a bulk call, and the future of its result. Its states are those of {@link BatchLine}: the
 * thread that ends the item there, and no other, completes the future afterwards. A future that is cancelled or
 * completed by hand leaves the line first, since a {@link CompletableFuture} runs its dependents in these methods.
 */
final class PendingItem<I, O extends @Nullable Object> extends CompletableFuture<O> {
    /** Where an item is. */
    enum State {
        NEW,
        WAITING,
        SENT,
        ENDED
    }

    private final Batcher<I, O> batcher;

    /** The thread that waits in {@code call}; null if the future was handed out. */
    final @Nullable Thread caller;

    private final Contexts.@Nullable Snapshot context;
    final long weight;

    // Guarded by the lock of the line. The links of an item that was sent, and the rest from its end on, belong to the
    // thread that sent or ended it.
    State state = State.NEW;
    long dueNanos;

    @Nullable
    I item;

    @Nullable
    PendingItem<I, O> previous;

    @Nullable
    PendingItem<I, O> next;

    /** What the future is completed with by the thread that ended the item in the line, unless that is its owner. */
    @Nullable
    Outcome<O> outcome;

    PendingItem(
            Batcher<I, O> batcher, I item, long weight, @Nullable Thread caller, Contexts.@Nullable Snapshot context) {
        this.batcher = batcher;
        this.item = item;
        this.weight = weight;
        this.caller = caller;
        this.context = context;
    }

    /** What thread dumps show as waited for by a caller. */
    @Override
    public String toString() {
        return caller == null ? super.toString() : batcher.describe(caller, dueNanos);
    }

    /** Completes the future with its outcome, in the context of its submitter. Throws nothing. */
    void finish() {
        if (context == null) {
            completeSurely();
            return;
        }
        try {
            context.runSurely(this::completeSurely);
        } catch (Throwable shortOfMemory) {
            completeSurely(); // without the context, unless it is done
        }
    }

    private void completeSurely() {
        Outcome<O> end = outcome; // may be completed by two: a sender, and a close that has not waited for it
        while (end != null && !super.isDone()) {
            try {
                complete(end);
            } catch (Throwable shortOfMemory) {
                // again, and nothing here; or it is completed, and the stack of its dependents was too deep
            }
        }
        outcome = null; // it has the same as the future now
        LockSupport.unpark(caller);
    }

    private void complete(Outcome<O> end) {
        switch (end) {
            case Outcome.Success<O>(O value) -> super.complete(value);
            case Outcome.Failure<O>(Throwable cause) -> super.completeExceptionally(cause);
            case Outcome.Cancelled<O>(boolean started, Throwable cause) -> {
                CancellationException own = new CancellationException(String.valueOf(cause.getMessage()));
                own.initCause(cause);
                super.completeExceptionally(own);
            }
        }
    }

    // ---- by hand

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return batcher.giveUp(this) ? super.cancel(mayInterruptIfRunning) : isCancelled();
    }

    @Override
    public boolean complete(O value) {
        return batcher.giveUp(this) && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        return batcher.giveUp(this) && super.completeExceptionally(failure);
    }

    @Override
    public CompletableFuture<O> completeAsync(Supplier<? extends O> supplier, Executor executor) {
        return Futures.completeAsync(this, supplier, executor);
    }

    @Override
    public void obtrudeValue(O value) {
        batcher.giveUp(this);
        super.obtrudeValue(value);
    }

    @Override
    public void obtrudeException(Throwable failure) {
        batcher.giveUp(this);
        super.obtrudeException(failure);
    }
}

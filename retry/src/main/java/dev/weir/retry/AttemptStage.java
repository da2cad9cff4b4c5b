package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage of an attempt, and the only thing of ours that the stage knows: a stage that never ends and cannot be
 * cancelled keeps this object, the hedge's report and the caller's context alive, but not the run, which
 * {@link #abandon} takes away.
 *
 * @param <T> the type of the result
 */
final class AttemptStage<T extends @Nullable Object> implements BiConsumer<T, @Nullable Throwable> {
    /** What is done when the stage has ended; throws nothing. */
    @FunctionalInterface
    interface Settlement<T extends @Nullable Object> {
        void settle(AttemptStage<T> attempt, @Nullable T value, @Nullable Throwable failure);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    private final HedgeReport report;
    private final RunContext context;
    private volatile @Nullable Settlement<T> settlement;
    private volatile @Nullable CompletionStage<? extends T> stage;

    AttemptStage(HedgeReport report, RunContext context, Settlement<T> settlement) {
        this.report = report;
        this.context = context;
        this.settlement = settlement;
    }

    /** The task has given its stage; nothing else waits for it. Throws what a foreign stage throws. */
    void await(CompletionStage<? extends T> given) {
        stage = given;
        if (settlement == null) { // abandoned meanwhile; this thread or that one sees the other's write
            cancel(given);
        }
        given.whenComplete(this);
    }

    /** The stage has ended. */
    @Override
    public void accept(T value, @Nullable Throwable failure) {
        Settlement<T> present = settlement;
        stage = null;
        if (present != null) {
            present.settle(this, value, failure);
        } else {
            dropped(value, failure == null ? null : Causes.unwrapped(failure));
        }
    }

    /** What an attempt gives that is not waited for any more. */
    void dropped(@Nullable T value, @Nullable Throwable failure) {
        if (failure == null) {
            report.lost(value, context);
        } else {
            logError(failure);
        }
    }

    /** No error may get lost. */
    static void logError(@Nullable Throwable failure) {
        if (failure instanceof Error) {
            Callbacks.error(LOG, "an attempt that had been abandoned or overtaken ended in an error", failure);
        }
    }

    /** The attempt has failed otherwise than by its stage. */
    void fail(Throwable failure) {
        Settlement<T> present = settlement;
        if (present != null) {
            present.settle(this, null, failure);
        }
    }

    /** Cancels the stage, and does not wait for it: what it gives is dropped, but an error is logged. */
    void abandon() {
        settlement = null;
        CompletionStage<? extends T> present = stage;
        stage = null;
        if (present != null) {
            cancel(present);
        }
    }

    private static void cancel(CompletionStage<?> stage) {
        try {
            stage.toCompletableFuture().cancel(true);
        } catch (UnsupportedOperationException noFuture) {
            LOG.debug("a stage without a future cannot be cancelled", noFuture);
        } catch (Throwable broken) {
            Callbacks.error(LOG, "an attempt's stage could not be cancelled", broken);
        }
    }
}

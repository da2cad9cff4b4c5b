package dev.weir.core.pool;

import dev.weir.core.internal.Futures;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A completable future of a pool: the first of its kind has a task, and whichever ends first ends the other; the stages
 * that depend on it have none, run in the pool by default, and share with it whether somebody has got its failure.
 *
 * <p>A failure has been delivered when a call has thrown or returned it, or when a function is attached that is given
 * failures. When the first future and all its stages are unreachable and it has not, it goes to the failure handler.
 */
final class SuppliedFuture<T extends @Nullable Object> extends CompletableFuture<T> {
    /** What the first future and its stages share, and keep alive. */
    private static final class Shared {
        final Executor pool;
        final UnhandledFailures failures;
        final UnhandledFailures.Delivered delivered = new UnhandledFailures.Delivered();

        Shared(Executor pool, UnhandledFailures failures) {
            this.pool = pool;
            this.failures = failures;
        }
    }

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<SuppliedFuture, PoolTask> TASK =
            AtomicReferenceFieldUpdater.newUpdater(SuppliedFuture.class, PoolTask.class, "task");

    private final Shared shared;

    /** Taken by the thread that ends the one or the other. */
    private volatile @Nullable PoolTask<T> task;

    SuppliedFuture(PoolTask<T> task, Executor pool, UnhandledFailures failures) {
        this.shared = new Shared(pool, failures);
        this.task = task;
        task.whenDone(this::taskEnded);
    }

    private SuppliedFuture(Shared shared) {
        this.shared = shared;
    }

    private void taskEnded() {
        PoolTask<T> ended = take();
        if (ended == null) {
            return;
        }
        switch (ended.state()) {
            case SUCCESS -> super.complete(ended.resultNow());
            case FAILED -> fail(ended.failure(), ended.name());
            default -> super.cancel(false);
        }
    }

    private void fail(Throwable failure, String name) {
        if (isDone()) {
            return;
        }
        if (!shared.delivered.yes) {
            shared.failures.handleUnlessDelivered(shared, shared.delivered, name, failure);
        }
        super.completeExceptionally( // as a task that was supplied to the JDK's does
                failure instanceof CompletionException ? failure : new CompletionException(failure));
    }

    // ---- ends that are not the task's

    @SuppressWarnings({"unchecked", "NullAway"}) // of its own type; a handle takes null
    private @Nullable PoolTask<T> take() {
        return task == null ? null : TASK.getAndSet(this, null);
    }

    /** Before the stages run, which may take their time. */
    private void endTask() {
        PoolTask<T> running = take();
        if (running != null) {
            running.cancel(true);
        }
    }

    @Override
    public boolean complete(T value) {
        endTask();
        return super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        Objects.requireNonNull(failure, "failure"); // before the task is ended, which would complete this otherwise
        endTask();
        return super.completeExceptionally(failure);
    }

    @Override
    public void obtrudeValue(T value) {
        endTask();
        super.obtrudeValue(value);
    }

    @Override
    public void obtrudeException(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        endTask();
        super.obtrudeException(failure);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        endTask();
        return super.cancel(mayInterruptIfRunning);
    }

    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        return Futures.completeAsync(this, supplier, executor);
    }

    // ---- stages

    @Override
    public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
        return new SuppliedFuture<>(shared);
    }

    @Override
    public Executor defaultExecutor() {
        return shared.pool;
    }

    /** What this is given, and nobody of the JDK's own, gets the failure. */
    private void given(Object function) {
        if (function != null && function.getClass().getNestHost() != CompletableFuture.class) {
            shared.delivered.yes = true;
        }
    }

    @Override
    public CompletableFuture<T> toCompletableFuture() {
        shared.delivered.yes = true; // by some other future that depends on this one
        return this;
    }

    @Override
    public CompletionStage<T> minimalCompletionStage() {
        shared.delivered.yes = true;
        return super.minimalCompletionStage();
    }

    @Override
    public CompletableFuture<T> whenComplete(BiConsumer<? super T, ? super Throwable> action) {
        given(action);
        return super.whenComplete(action);
    }

    @Override
    public CompletableFuture<T> whenCompleteAsync(BiConsumer<? super T, ? super Throwable> action) {
        given(action);
        return super.whenCompleteAsync(action);
    }

    @Override
    public CompletableFuture<T> whenCompleteAsync(BiConsumer<? super T, ? super Throwable> action, Executor executor) {
        given(action);
        return super.whenCompleteAsync(action, executor);
    }

    @Override
    public <U extends @Nullable Object> CompletableFuture<U> handle(
            BiFunction<? super T, Throwable, ? extends U> function) {
        given(function);
        return super.handle(function);
    }

    @Override
    public <U extends @Nullable Object> CompletableFuture<U> handleAsync(
            BiFunction<? super T, Throwable, ? extends U> function) {
        given(function);
        return super.handleAsync(function);
    }

    @Override
    public <U extends @Nullable Object> CompletableFuture<U> handleAsync(
            BiFunction<? super T, Throwable, ? extends U> function, Executor executor) {
        given(function);
        return super.handleAsync(function, executor);
    }

    @Override
    public CompletableFuture<T> exceptionally(Function<Throwable, ? extends T> function) {
        given(function);
        return super.exceptionally(function);
    }

    @Override
    public CompletableFuture<T> exceptionallyAsync(Function<Throwable, ? extends T> function) {
        given(function);
        return super.exceptionallyAsync(function);
    }

    @Override
    public CompletableFuture<T> exceptionallyAsync(Function<Throwable, ? extends T> function, Executor executor) {
        given(function);
        return super.exceptionallyAsync(function, executor);
    }

    @Override
    public CompletableFuture<T> exceptionallyCompose(Function<Throwable, ? extends CompletionStage<T>> function) {
        given(function);
        return super.exceptionallyCompose(function);
    }

    @Override
    public CompletableFuture<T> exceptionallyComposeAsync(Function<Throwable, ? extends CompletionStage<T>> function) {
        given(function);
        return super.exceptionallyComposeAsync(function);
    }

    @Override
    public CompletableFuture<T> exceptionallyComposeAsync(
            Function<Throwable, ? extends CompletionStage<T>> function, Executor executor) {
        given(function);
        return super.exceptionallyComposeAsync(function, executor);
    }

    // ---- those that wait for it

    private boolean enterWait(@Nullable PoolTask<T> awaited) {
        return awaited != null && !isDone() && awaited.enterWait();
    }

    private static void leaveWait(boolean counted, @Nullable PoolTask<?> awaited) {
        if (counted && awaited != null) {
            awaited.leaveWait();
        }
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        PoolTask<T> awaited = task;
        boolean counted = enterWait(awaited);
        try {
            return super.get();
        } catch (ExecutionException failure) {
            shared.delivered.yes = true;
            throw failure;
        } finally {
            leaveWait(counted, awaited);
        }
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return super.get(timeout, unit);
        } catch (ExecutionException failure) {
            shared.delivered.yes = true;
            throw failure;
        }
    }

    @Override
    public T join() {
        PoolTask<T> awaited = task;
        boolean counted = enterWait(awaited);
        try {
            return super.join();
        } catch (CompletionException failure) {
            shared.delivered.yes = true;
            throw failure;
        } finally {
            leaveWait(counted, awaited);
        }
    }

    @Override
    public T getNow(T valueIfAbsent) {
        try {
            return super.getNow(valueIfAbsent);
        } catch (CompletionException failure) {
            shared.delivered.yes = true;
            throw failure;
        }
    }

    @Override
    public Throwable exceptionNow() {
        Throwable failure = super.exceptionNow();
        shared.delivered.yes = true;
        return failure;
    }
}

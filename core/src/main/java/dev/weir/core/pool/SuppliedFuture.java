package dev.weir.core.pool;

import dev.weir.core.ThrowingSupplier;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A completable future and its task: whichever ends first ends the other. */
final class SuppliedFuture<T extends @Nullable Object> extends CompletableFuture<T> {
    private final PoolEngine engine;
    private final PoolTask<T> task;

    SuppliedFuture(PoolEngine engine, ThrowingSupplier<? extends T, ?> supplier, TaskOptions options) {
        this.engine = engine;
        this.task = engine.tasks.future(
                () -> {
                    try {
                        return supplier.get();
                    } catch (Exception | Error failure) {
                        throw failure;
                    } catch (Throwable neither) {
                        throw new ExecutionException(neither);
                    }
                },
                supplier,
                options);
        task.whenDone(this::taskEnded);
        CompletableFuture<T> unused = whenComplete((value, failure) -> {
            if (!task.isDone()) {
                task.cancel(true);
            }
        });
        task.asked.yes = false; // that was not a user
    }

    PoolTask<T> task() {
        return task;
    }

    private void taskEnded() {
        switch (task.state()) {
            case SUCCESS -> complete(task.resultNow());
            case FAILED -> {
                Throwable failure = task.exceptionOf();
                if (completeExceptionally(failure)) {
                    engine.failures.handleUnlessAsked(this, task.asked, task.name(), failure);
                }
            }
            default -> cancel(false);
        }
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        task.asked.yes = true;
        PoolWorker waiter = isDone() ? null : engine.selfWaits.enter(task);
        try {
            return super.get();
        } finally {
            engine.selfWaits.leave(waiter);
        }
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        task.asked.yes = true;
        return super.get(timeout, unit);
    }

    @Override
    public T join() {
        task.asked.yes = true;
        PoolWorker waiter = isDone() ? null : engine.selfWaits.enter(task);
        try {
            return super.join();
        } finally {
            engine.selfWaits.leave(waiter);
        }
    }

    @Override
    public T getNow(T valueIfAbsent) {
        task.asked.yes = true;
        return super.getNow(valueIfAbsent);
    }

    @Override
    public T resultNow() {
        task.asked.yes = true;
        return super.resultNow();
    }

    @Override
    public Throwable exceptionNow() {
        task.asked.yes = true;
        return super.exceptionNow();
    }

    /**
     * For a stage that depends on this one, and so asks for its failure. It is an ordinary one: cancelling it does not
     * end the task.
     */
    @Override
    public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
        task.asked.yes = true;
        return new CompletableFuture<>();
    }
}

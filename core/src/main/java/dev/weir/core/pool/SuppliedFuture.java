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
    private volatile boolean asked;
    private volatile Failures.@Nullable Unasked unasked;

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
        asked = false; // that was not a user
    }

    PoolTask<T> task() {
        return task;
    }

    private void taskEnded() {
        switch (task.state()) {
            case SUCCESS -> complete(task.resultNow());
            case FAILED -> {
                Throwable failure = task.exceptionOf();
                if (completeExceptionally(failure) && !asked) {
                    unasked = engine.failures.handleUnlessAsked(this, task.name(), failure);
                    if (asked) {
                        ask();
                    }
                }
            }
            default -> cancel(false);
        }
    }

    private void ask() {
        asked = true;
        Failures.Unasked failure = unasked;
        if (failure != null) {
            failure.asked = true;
        }
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        ask();
        Worker waiter = isDone() ? null : engine.selfWaits.enter(task);
        try {
            return super.get();
        } finally {
            engine.selfWaits.leave(waiter);
        }
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        ask();
        return super.get(timeout, unit);
    }

    @Override
    public T join() {
        ask();
        Worker waiter = isDone() ? null : engine.selfWaits.enter(task);
        try {
            return super.join();
        } finally {
            engine.selfWaits.leave(waiter);
        }
    }

    @Override
    public T getNow(T valueIfAbsent) {
        ask();
        return super.getNow(valueIfAbsent);
    }

    @Override
    public T resultNow() {
        ask();
        return super.resultNow();
    }

    @Override
    public Throwable exceptionNow() {
        ask();
        return super.exceptionNow();
    }

    /**
     * For a stage that depends on this one, and so asks for its failure. It is an ordinary one: cancelling it does not
     * end the task.
     */
    @Override
    public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
        ask();
        return new CompletableFuture<>();
    }
}

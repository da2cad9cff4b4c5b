package dev.weir.core.pool;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A future that knows whether it has given its failure to somebody: a call that timed out or was interrupted has not
 * got it. And one for which no worker waits if that would bring the pool to a standstill.
 *
 * <pre>
 *   delivered: null --failed, not delivered--&gt; a flag that outlives the future --delivered--&gt; the flag says yes
 *                  \--delivered, or about to be--&gt; EARLY
 * </pre>
 */
abstract class DeliveringFuture<V extends @Nullable Object> extends FutureTask<V> implements OwnWaits.Awaited {
    private static final VarHandle DELIVERED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(),
            "delivered",
            VarHandle.class,
            DeliveringFuture.class,
            UnhandledFailures.Delivered.class);

    private static final UnhandledFailures.Delivered EARLY = new UnhandledFailures.Delivered();

    static {
        // The JVM links at a first call, for which there may be no memory when the first task ends or fails.
        new FutureTask<>(() -> 1).run();
        new FutureTask<>(() -> {
                    throw new IllegalStateException();
                })
                .run();
        new FutureTask<>(() -> 1).cancel(true);
    }

    private final String pool;
    private final OwnWaits waits;
    private volatile UnhandledFailures.@Nullable Delivered delivered;

    DeliveringFuture(Callable<V> body, String pool, OwnWaits waits) {
        super(body);
        this.pool = pool;
        this.waits = waits;
    }

    /** Whether the current thread is just running it. */
    abstract boolean isRunningHere();

    /** Has the failure handled when this is unreachable, unless somebody has got it by then. */
    final void handleUnlessDelivered(UnhandledFailures failures, String task, Throwable failure) {
        UnhandledFailures.Delivered flag = new UnhandledFailures.Delivered();
        if (DELIVERED.compareAndSet(this, null, flag)) {
            failures.handleUnlessDelivered(this, flag, task, failure);
        }
    }

    private void delivered() {
        if (!DELIVERED.compareAndSet(this, null, EARLY)) {
            UnhandledFailures.Delivered flag = delivered;
            if (flag != null) {
                flag.yes = true;
            }
        }
    }

    /** To be called before an untimed wait; see {@link OwnWaits#enter}. */
    final boolean enterWait() {
        if (isDone()) {
            return false;
        }
        if (isRunningHere()) {
            throw new IllegalStateException("a task of " + pool + " waits for itself");
        }
        return waits.enter(this);
    }

    final void leaveWait() {
        waits.leave();
    }

    @Override
    public V get() throws InterruptedException, ExecutionException {
        boolean counted = enterWait();
        try {
            return super.get();
        } catch (ExecutionException failure) {
            delivered();
            throw failure;
        } finally {
            if (counted) {
                leaveWait();
            }
        }
    }

    @Override
    public V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return super.get(timeout, unit);
        } catch (ExecutionException failure) {
            delivered();
            throw failure;
        }
    }

    /** The failure, for the pool's own code, which does not get it. */
    final Throwable failure() {
        return super.exceptionNow();
    }

    @Override
    public Throwable exceptionNow() {
        Throwable failure = super.exceptionNow();
        delivered();
        return failure;
    }
}

package dev.weir.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A call that blocks, in a thread of its own: its result, and its interrupt status at the end. */
public final class Call<T> {
    /** What may throw anything. */
    @FunctionalInterface
    public interface Body {
        void run() throws Exception;
    }

    private static final long HANGS_NANOS = 60_000_000_000L;

    private final Thread thread;
    private final FutureTask<T> task;
    private volatile boolean interruptedAtEnd;

    private Call(Thread.Builder kind, Callable<T> body) {
        task = new FutureTask<>(() -> {
            try {
                return body.call();
            } finally {
                interruptedAtEnd = Thread.currentThread().isInterrupted();
            }
        });
        thread = kind.unstarted(task);
    }

    /** Starts a call in a virtual thread. */
    public static <T> Call<T> start(Callable<T> body) {
        Call<T> call = new Call<>(Thread.ofVirtual(), body);
        call.thread.start();
        return call;
    }

    /** Starts a call in a platform thread. */
    public static <T> Call<T> onPlatformThread(Callable<T> body) {
        Call<T> call = new Call<>(Thread.ofPlatform().daemon(), body);
        call.thread.start();
        return call;
    }

    /** Starts a call without result in a virtual thread. */
    public static Call<Void> run(Body body) {
        return start(() -> {
            body.run();
            return null;
        });
    }

    /** Starts a call in a platform thread, and returns once it waits. */
    public static <T> Call<T> thatWaits(Callable<T> body) {
        Call<T> call = onPlatformThread(body);
        call.awaitParked();
        return call;
    }

    public Thread thread() {
        return thread;
    }

    /** What the call returned, or an {@link ExecutionException} with what it threw. */
    public T result() throws Exception {
        return task.get(HANGS_NANOS, TimeUnit.NANOSECONDS);
    }

    /** What the call threw. */
    public Throwable failure() throws Exception {
        try {
            throw new AssertionError("returned " + result());
        } catch (ExecutionException thrown) {
            return thrown.getCause();
        }
    }

    public boolean isDone() {
        return task.isDone();
    }

    public void interrupt() {
        thread.interrupt();
    }

    public boolean wasInterruptedAtEnd() {
        return interruptedAtEnd;
    }

    /** Fails unless the call threw exactly this type, and left the interrupt status clear. */
    public void assertThrew(Class<? extends Throwable> type) throws Exception {
        Throwable thrown = failure();
        if (thrown.getClass() != type) {
            throw new AssertionError("expected " + type + ", but it threw " + thrown, thrown);
        }
        if (interruptedAtEnd) {
            throw new AssertionError("one interrupt is reported by the exception and by the status");
        }
    }

    /** Waits until the thread waits. */
    public void awaitParked() {
        until(() -> {
            if (isDone()) {
                throw new AssertionError("the call did not wait");
            }
            Thread.State state = thread.getState();
            return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
        });
    }

    /** Fails if the call neither ends nor comes to rest, but spins, which looks like rest only now and then. */
    public void assertRests() {
        int[] resting = {0};
        until(() -> {
            resting[0] = thread.getState() == Thread.State.WAITING ? resting[0] + 1 : 0;
            return resting[0] == 20 || isDone();
        });
    }

    /** The result of a call that no interrupt reaches. */
    public static <T> T uninterrupted(Callable<T> body) {
        try {
            return body.call();
        } catch (Exception unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    /** Waits for a condition that holds soon, and that nothing announces. */
    public static void until(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > HANGS_NANOS) {
                throw new AssertionError("not within 60 s");
            }
            Thread.yield();
        }
    }
}

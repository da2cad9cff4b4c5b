package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Calls that block, each in a thread of its own. */
final class Calls {
    private Calls() {}

    interface Body {
        void run() throws Exception;
    }

    /** A call under way; its result and its interrupt status at the end. */
    static final class Call<T> {
        final Thread thread;
        private final FutureTask<T> task;
        private volatile boolean interruptedAtEnd;

        private Call(Callable<T> body) {
            task = new FutureTask<>(() -> {
                try {
                    return body.call();
                } finally {
                    interruptedAtEnd = Thread.currentThread().isInterrupted();
                }
            });
            thread = Thread.ofVirtual().unstarted(task);
        }

        T result() throws Exception {
            return task.get(60, TimeUnit.SECONDS);
        }

        boolean isDone() {
            return task.isDone();
        }

        boolean wasInterruptedAtEnd() {
            return interruptedAtEnd;
        }

        void assertThrew(Class<? extends Throwable> type) {
            ExecutionException thrown = assertThrows(ExecutionException.class, this::result);
            assertEquals(type, thrown.getCause().getClass());
            assertEquals(false, interruptedAtEnd, "the exception and the status both tell of one interrupt");
        }
    }

    static <T> Call<T> start(Callable<T> body) {
        Call<T> call = new Call<>(body);
        call.thread.start();
        return call;
    }

    static Call<Void> run(Body body) {
        return start(() -> {
            body.run();
            return null;
        });
    }

    /** Waits for a condition that holds soon, and that nothing tells of. */
    static void until(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > 60_000_000_000L) {
                throw new AssertionError("not within 60 s");
            }
            Thread.yield();
        }
    }

    /** Fails if the call neither ends nor comes to rest, but spins, which looks like rest only now and then. */
    static void assertRests(Call<?> call) {
        int[] resting = {0};
        until(() -> {
            resting[0] = call.thread.getState() == Thread.State.WAITING ? resting[0] + 1 : 0;
            return resting[0] == 20 || call.isDone();
        });
    }
}

package dev.weir.pipeline;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A call that has begun to wait, in a thread of its own. */
final class Started<R> {
    final Thread thread;
    private final FutureTask<R> task;

    Started(Callable<R> call) throws InterruptedException {
        task = new FutureTask<>(call);
        thread = Thread.ofPlatform().daemon().start(task);
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
            if (thread.getState() == Thread.State.TERMINATED) {
                throw new AssertionError("the call did not wait");
            }
            Thread.sleep(1);
        }
    }

    /** What the call returned, or an {@link java.util.concurrent.ExecutionException} with what it threw. */
    R result() throws Exception {
        return task.get(60, TimeUnit.SECONDS);
    }

    /** What the call threw. */
    Throwable failure() throws Exception {
        try {
            throw new AssertionError("returned " + result());
        } catch (java.util.concurrent.ExecutionException thrown) {
            return thrown.getCause();
        }
    }
}

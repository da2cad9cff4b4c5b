package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZIL_Result;

/** A task is cancelled while a worker takes and runs it, and the worker goes on with another task. */
@JCStressTest
@Outcome(id = "true, 0, cancelled", expect = Expect.ACCEPTABLE, desc = "cancelled before it began, so it never ran")
@Outcome(id = "true, 1, cancelled", expect = Expect.ACCEPTABLE, desc = "cancelled while it ran, so its value is gone")
@Outcome(id = "false, 1, value", expect = Expect.ACCEPTABLE, desc = "ran, and so it could not be cancelled")
@Outcome(id = "false, 0, .*", expect = Expect.FORBIDDEN, desc = "neither ran nor was cancelled")
@Outcome(id = ".*, interrupted", expect = Expect.FORBIDDEN, desc = "the interrupt of the cancel hit the next task")
@Outcome(expect = Expect.FORBIDDEN, desc = "the future and the cancel disagree, or the future has no end")
@State
public class CancelOrRun {
    private final WorkerPool pool;
    private final Future<String> future;
    private Thread worker;
    private int runs;
    private String nextTask = "did not run";

    public CancelOrRun() {
        pool = WorkerPool.builder("race")
                .maxWorkers(1)
                .queueCapacity(2)
                .threadFactory(run -> worker = new ActorThread(run))
                .build();
        future = pool.submit(() -> {
            runs++;
            return "value";
        });
        pool.execute(() -> nextTask = Thread.currentThread().isInterrupted() ? "interrupted" : "ran");
        pool.shutdown();
    }

    @Actor
    public void work() {
        worker.run();
        Thread.interrupted(); // the thread is jcstress's own
    }

    @Actor
    public void cancel(ZIL_Result result) {
        result.r1 = future.cancel(true);
    }

    @Arbiter
    public void look(ZIL_Result result) {
        result.r2 = runs;
        result.r3 = nextTask.equals("ran") ? end() : nextTask;
    }

    private String end() {
        if (!future.isDone() || !pool.isTerminated()) {
            return "not done";
        }
        try {
            return future.get();
        } catch (CancellationException cancelled) {
            return "cancelled";
        } catch (ExecutionException | InterruptedException impossible) {
            return impossible.toString();
        }
    }

    /** Does not start: an actor runs the worker, so that the race is between two actors and nobody else. */
    private static final class ActorThread extends Thread {
        ActorThread(Runnable run) {
            super(run);
        }

        @Override
        public void start() {
            // see work()
        }
    }
}

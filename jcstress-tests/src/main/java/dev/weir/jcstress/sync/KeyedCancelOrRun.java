package dev.weir.jcstress.sync;

import dev.weir.core.sync.KeyedExecutor;
import java.util.ArrayDeque;
import java.util.concurrent.Future;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZIL_Result;

/** A task is cancelled while a thread runs it, and then the next task of its key. */
@JCStressTest
@Outcome(id = "true, 0, CANCELLED", expect = Expect.ACCEPTABLE, desc = "cancelled before it began, so it never ran")
@Outcome(id = "true, 1, CANCELLED", expect = Expect.ACCEPTABLE, desc = "cancelled while it ran, so its value is gone")
@Outcome(id = "false, 1, SUCCESS", expect = Expect.ACCEPTABLE, desc = "ran, and so it could not be cancelled")
@Outcome(id = ".*, interrupted", expect = Expect.FORBIDDEN, desc = "the interrupt of the cancel hit the next task")
@Outcome(expect = Expect.FORBIDDEN, desc = "no end, or two; or the next task did not run, or the key stays")
@State
public class KeyedCancelOrRun {
    private final ArrayDeque<Runnable> steps = new ArrayDeque<>();
    private final KeyedExecutor<String> keyed =
            KeyedExecutor.builder(steps::add).capacity(2).build();
    private final Future<?> future;
    private int runs;
    private String next = "did not run";

    public KeyedCancelOrRun() {
        future = keyed.submit("key", () -> {
            runs++;
        });
        keyed.execute("key", () -> next = Thread.currentThread().isInterrupted() ? "interrupted" : "ran");
    }

    @Actor
    public void run() {
        for (Runnable step = steps.poll(); step != null; step = steps.poll()) {
            step.run();
        }
        Thread.interrupted(); // the thread is jcstress's own
    }

    @Actor
    public void cancel(ZIL_Result result) {
        result.r1 = future.cancel(true);
    }

    @Arbiter
    public void look(ZIL_Result result) {
        result.r2 = runs;
        result.r3 = !next.equals("ran")
                ? next
                : keyed.keys() != 0 || keyed.metrics().waiting() != 0
                        ? keyed.toString()
                        : future.state().toString();
    }
}

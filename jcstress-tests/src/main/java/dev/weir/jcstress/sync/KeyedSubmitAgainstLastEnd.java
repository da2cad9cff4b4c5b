package dev.weir.jcstress.sync;

import dev.weir.core.sync.KeyedExecutor;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A task is submitted while the last task of its key ends, and the key is about to be forgotten. */
@JCStressTest
@Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "both ran, and the key is forgotten")
@Outcome(expect = Expect.FORBIDDEN, desc = "the second task was stranded, or both ran at once, or the key stays")
@State
public class KeyedSubmitAgainstLastEnd {
    private final ConcurrentLinkedQueue<Runnable> steps = new ConcurrentLinkedQueue<>();
    private final KeyedExecutor<String> keyed = KeyedExecutor.over(steps::add);
    private final Runnable first;
    private int count;

    public KeyedSubmitAgainstLastEnd() {
        submit();
        first = steps.remove();
    }

    @Actor
    public void end() {
        first.run();
    }

    @Actor
    public void submit() {
        keyed.execute("key", () -> count++);
    }

    @Arbiter
    public void look(II_Result result) {
        for (Runnable step = steps.poll(); step != null; step = steps.poll()) {
            step.run();
        }
        result.r1 = count;
        result.r2 = keyed.keys();
    }
}

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
import org.openjdk.jcstress.infra.results.LLI_Result;

/** The executor drops a key's step, as a pool does that is stopped, while a thread begins with it. */
@JCStressTest
@Outcome(id = "SUCCESS, SUCCESS, 0", expect = Expect.ACCEPTABLE, desc = "begun first, so both ran")
@Outcome(id = "FAILED, FAILED, 0", expect = Expect.ACCEPTABLE, desc = "dropped first, so neither ran")
@Outcome(expect = Expect.FORBIDDEN, desc = "a task has no end, or the key stays")
@State
public class KeyedStepDroppedOrBegun {
    private final ArrayDeque<Runnable> steps = new ArrayDeque<>();
    private final KeyedExecutor<String> keyed =
            KeyedExecutor.builder(steps::add).build();
    private final Future<?> first = keyed.submit("key", () -> {});
    private final Future<?> second = keyed.submit("key", () -> {});
    private final Runnable step = steps.remove();

    @Actor
    public void begin() {
        step.run();
    }

    @Actor
    public void drop() {
        ((Future<?>) step).cancel(true);
    }

    @Arbiter
    public void look(LLI_Result result) {
        for (Runnable next = steps.poll(); next != null; next = steps.poll()) {
            next.run();
        }
        result.r1 = first.state().toString();
        result.r2 = second.state().toString();
        result.r3 = keyed.keys();
    }
}

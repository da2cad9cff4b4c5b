package dev.weir.jcstress.sync;

import dev.weir.core.sync.KeyedExecutor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads submit tasks of one key, over an executor that runs them in these threads, and take the key in turns. */
@JCStressTest
@Outcome(id = "6, 0", expect = Expect.ACCEPTABLE, desc = "all ran one after the other, and the key is forgotten")
@Outcome(expect = Expect.FORBIDDEN, desc = "two ran at once, or one was stranded, or the key stays")
@State
public class KeyedSubmittersMeet {
    private final KeyedExecutor<String> keyed = KeyedExecutor.over(Runnable::run);
    private int count;

    private void submit() {
        for (int i = 0; i < 3; i++) {
            keyed.execute("key", () -> count++);
        }
    }

    @Actor
    public void one() {
        submit();
    }

    @Actor
    public void two() {
        submit();
    }

    @Arbiter
    public void look(II_Result result) {
        result.r1 = count;
        result.r2 = keyed.keys();
    }
}

package dev.weir.jcstress.sync;

import dev.weir.core.sync.KeyedExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads submit tasks of one key, over an executor that runs them in these threads, and take the key in turns. */
@JCStressTest
@Outcome(id = "6, 0, 0", expect = Expect.ACCEPTABLE, desc = "all ran one after the other, and the key is forgotten")
@Outcome(expect = Expect.FORBIDDEN, desc = "one was stranded, or two ran at once, or the key stays")
@State
public class KeyedSubmittersMeet {
    private final KeyedExecutor<String> keyed = KeyedExecutor.over(Runnable::run);
    private final AtomicInteger inside = new AtomicInteger();
    private int count;
    private volatile int overlaps;

    private void submit() {
        for (int i = 0; i < 3; i++) {
            keyed.execute("key", this::task);
        }
    }

    private void task() {
        if (inside.getAndIncrement() != 0) {
            overlaps = 1;
        }
        count++;
        for (int i = 0; i < 10; i++) {
            Thread.onSpinWait(); // long enough that the other thread may come to its next task
        }
        inside.getAndDecrement();
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
    public void look(III_Result result) {
        result.r1 = count;
        result.r2 = overlaps;
        result.r3 = keyed.keys();
    }
}

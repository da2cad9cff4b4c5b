package dev.weir.jcstress.sync;

import dev.weir.core.sync.KeyedLock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;

/** The last holder of a key frees it while another thread comes for it. */
@JCStressTest
@Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "one after the other, and the key is forgotten")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "both held the lock of the key at once")
@Outcome(expect = Expect.FORBIDDEN, desc = "the key is not forgotten")
@State
public class KeyedLockHandOver {
    private final KeyedLock<String> locks = new KeyedLock<>();
    private int count;

    private void countLocked() {
        locks.lock("key");
        count++;
        locks.unlock("key");
    }

    @Actor
    public void one() {
        countLocked();
    }

    @Actor
    public void two() {
        countLocked();
    }

    @Arbiter
    public void look(IJ_Result result) {
        result.r1 = count;
        result.r2 = locks.activeKeys();
    }
}

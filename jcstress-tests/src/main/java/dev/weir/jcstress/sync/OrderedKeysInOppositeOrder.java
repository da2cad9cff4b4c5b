package dev.weir.jcstress.sync;

import dev.weir.core.sync.KeyedLock;
import java.time.Duration;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;

/** Two threads want the same two keys, named in opposite order. */
@JCStressTest
@Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "one after the other")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "a deadlock, or both held the locks at once")
@Outcome(expect = Expect.FORBIDDEN, desc = "a key is not forgotten, or a lock not free")
@State
public class OrderedKeysInOppositeOrder {
    private static final Duration DEADLOCK = Duration.ofSeconds(10);

    private final KeyedLock<String> locks = new KeyedLock<>();
    private int count;

    private void countLocked(List<String> keys) {
        var both = locks.lockForAll(keys);
        if (Uninterrupted.call(() -> both.tryLock(DEADLOCK))) {
            count++;
            both.unlock();
        }
    }

    @Actor
    public void one() {
        countLocked(List.of("a", "b"));
    }

    @Actor
    public void two() {
        countLocked(List.of("b", "a"));
    }

    @Arbiter
    public void look(IJ_Result result) {
        result.r1 = count;
        result.r2 = locks.activeKeys();
    }
}

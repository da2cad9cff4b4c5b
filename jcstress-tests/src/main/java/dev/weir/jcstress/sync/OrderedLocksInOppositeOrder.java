package dev.weir.jcstress.sync;

import dev.weir.core.sync.OrderedLocks;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;

/** Two threads want the same two locks, named in opposite order. */
@JCStressTest
@Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "one after the other")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "a deadlock, or both held the locks at once")
@Outcome(expect = Expect.FORBIDDEN, desc = "a key is not forgotten, or a lock not free")
@State
public class OrderedLocksInOppositeOrder {
    private static final Duration DEADLOCK = Duration.ofSeconds(10);

    private final ReentrantLock a = new ReentrantLock();
    private final ReentrantLock b = new ReentrantLock();
    private int count;

    private void countLocked(OrderedLocks both) {
        if (Uninterrupted.call(() -> both.tryLock(DEADLOCK))) {
            count++;
            both.unlock();
        }
    }

    @Actor
    public void one() {
        countLocked(OrderedLocks.of(a, b));
    }

    @Actor
    public void two() {
        countLocked(OrderedLocks.of(b, a));
    }

    @Arbiter
    public void look(IJ_Result result) {
        result.r1 = count;
        result.r2 = (a.isLocked() ? 1 : 0) + (b.isLocked() ? 1 : 0);
    }
}

package dev.weir.jcstress.sync;

import dev.weir.core.sync.KeyedSemaphore;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Two threads want a key's one permit; one gives it back, or leaves without it, while the other takes it. */
@JCStressTest
@Outcome(
        id = {"true, true, 0", "false, true, 0"},
        expect = Expect.ACCEPTABLE,
        desc = "the second has it, and so a third does not get it")
@Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "the second came too early, and a third gets it")
@Outcome(expect = Expect.FORBIDDEN, desc = "two have it, or nobody, or the key is forgotten or left")
@State
public class KeyedSemaphoreLeaveOrHold {
    private final KeyedSemaphore<String> semaphore = new KeyedSemaphore<>(1);

    @Actor
    public void leave(ZZI_Result result) {
        result.r1 = semaphore.tryAcquire("key");
        if (result.r1) {
            semaphore.release("key");
        }
    }

    @Actor
    public void hold(ZZI_Result result) {
        result.r2 = semaphore.tryAcquire("key");
    }

    @Arbiter
    public void third(ZZI_Result result) {
        int third = semaphore.tryAcquire("key") ? 1 : 0;
        result.r3 = semaphore.activeKeys() == 1 ? third : -1;
    }
}

package dev.weir.jcstress.sync;

import dev.weir.core.sync.KeyedLock;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJ_Result;

/** A key is freed while the one that waits for it gives up. */
@JCStressTest
@Outcome(
        id = {"true, 0", "false, 0"},
        expect = Expect.ACCEPTABLE,
        desc = "it got the lock, or gave up, and the key is forgotten")
@Outcome(expect = Expect.FORBIDDEN, desc = "the key is held for ever, or not forgotten")
@State
public class KeyedLockHandOverOrTimeout {
    private static final Duration SHORT = Duration.ofNanos(1_000);

    private final KeyedLock<String> locks = new KeyedLock<>();

    @Actor
    public void hold() {
        locks.lock("key");
        locks.unlock("key");
    }

    @Actor
    public void waitShortly(ZJ_Result result) {
        result.r1 = Uninterrupted.call(() -> locks.tryLock("key", SHORT));
        if (result.r1) {
            locks.unlock("key");
        }
    }

    @Arbiter
    public void look(ZJ_Result result) {
        result.r2 = locks.activeKeys();
    }
}

package dev.weir.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * Waits for what comes for certain, and stays: the time-out is a guard against a hang alone, also on a busy machine.
 */
public final class Eventually {
    private Eventually() {}

    public static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(10));
    }
}

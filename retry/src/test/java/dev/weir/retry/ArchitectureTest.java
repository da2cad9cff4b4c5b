package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.testkit.ModuleFacts;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private final ModuleFacts module = new ModuleFacts();

    @Test
    void a_user_sees_these_types_and_no_others() {
        assertEquals(
                Set.of(
                        "retry.Attempt", // what a task knows of its attempt
                        "retry.AttemptTimeoutException", // what an attempt that takes too long fails with
                        "retry.Backoff", // how long to wait
                        "retry.Hedge", // another attempt while one takes long
                        "retry.HedgeListener", // is notified of it
                        "retry.HedgeMetrics", // and how often that was and helped
                        "retry.HttpRetries", // the rules for the HTTP client of the JDK
                        "retry.RejectedResultException", // what a run fails with whose last result is rejected
                        "retry.Retry", // does it
                        "retry.RetryAfter", // reads the header
                        "retry.RetryBudgetMetrics", // and what it has paid for
                        "retry.RetryBudget", // how many retries all calls together may make
                        "retry.RetryMetrics", // what it has done
                        "retry.RetryListener", // is notified
                        "retry.RetryPolicy", // when and how often
                        "retry.RetryPolicyBuilder", // collects that
                        "retry.RetryResult", // how it ended
                        "retry.RetryScope", // ends the delays of many runs
                        "retry.StopReason"), // and why
                module.publicTypes());
    }

    @Test
    void a_user_gets_the_core_slf4j_and_jspecify_and_nothing_else() throws Exception {
        assertEquals(
                Set.of("dev.weir:weir-core", "org.jspecify:jspecify", "org.slf4j:slf4j-api"),
                module.runtimeDependencies());
    }

    @Test
    void it_builds_on_the_core_alone() {
        assertEquals(
                Set.of(
                        "core",
                        "core.context",
                        "core.internal",
                        "core.internal.metrics",
                        "core.internal.wait",
                        "core.scope",
                        "core.time"),
                module.dependenciesOf("retry"));
    }
}

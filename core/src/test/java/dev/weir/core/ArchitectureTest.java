package dev.weir.core;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
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
                        // what every part shares
                        "core.Deadline",
                        "core.Outcome",
                        "core.ThrowingConsumer",
                        "core.ThrowingFunction",
                        "core.ThrowingRunnable",
                        "core.ThrowingSupplier",
                        "core.Times",
                        // what goes with a task to another thread
                        "core.context.ContextCarrier",
                        // one task per item
                        "core.fanout.FanOut",
                        "core.fanout.FanOutProgress",
                        "core.fanout.FirstCompleted",
                        "core.fanout.ExpandingAction",
                        "core.fanout.ExpandingFunction",
                        "core.fanout.LongRange",
                        // the executor
                        "core.pool.PoolMetrics",
                        "core.pool.Saturation",
                        "core.pool.ShutdownReport",
                        "core.pool.TaskOptions",
                        "core.pool.TaskRejectedException",
                        "core.pool.WorkerPool",
                        "core.pool.WorkerPoolBuilder",
                        "core.pool.WorkerPoolListener",
                        // tasks of different types, and one task in time
                        "core.scope.Parallel",
                        "core.scope.PolicyScope",
                        "core.scope.ScopePolicy",
                        "core.scope.Subtask",
                        "core.scope.TaskScope",
                        "core.scope.TaskScopeBuilder",
                        "core.scope.TaskScopeMetrics",
                        "core.scope.TimeLimit",
                        "core.scope.Timeouts",
                        // what java.util.concurrent lacks
                        "core.sync.AdaptiveLimit",
                        "core.sync.AdaptiveLimitBuilder",
                        "core.sync.AdaptiveLimitMetrics",
                        "core.sync.Gate",
                        "core.sync.KeyedExecutor",
                        "core.sync.KeyedExecutorBuilder",
                        "core.sync.KeyedExecutorMetrics",
                        "core.sync.KeyedLock",
                        "core.sync.KeyedSemaphore",
                        "core.sync.KeyedSemaphoreMetrics",
                        "core.sync.OrderedLocks",
                        "core.sync.ResizableSemaphore",
                        "core.sync.SemaphoreMetrics",
                        // the clock, and the one of tests
                        "core.time.ManualTimeSource",
                        "core.time.TimeSource"),
                module.publicTypes());
    }

    @Test
    void a_user_gets_slf4j_and_jspecify_and_nothing_else() throws Exception {
        assertEquals(Set.of("org.jspecify:jspecify", "org.slf4j:slf4j-api"), module.runtimeDependencies());
    }

    @Test
    void packages_depend_one_way() {
        slices().matching("dev.weir.(**)").should().beFreeOfCycles().check(module.classes());
        assertEquals(Set.of("core.internal"), module.dependenciesOf("core.time"));
    }
}

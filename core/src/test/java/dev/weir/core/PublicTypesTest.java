package dev.weir.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.fanout.FirstCompleted;
import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.pool.WorkerPoolBuilder;
import dev.weir.core.scope.PolicyScope;
import dev.weir.core.scope.ScopePolicy;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.scope.TaskScopeBuilder;
import dev.weir.core.scope.TimeLimit;
import dev.weir.core.sync.AdaptiveLimit;
import dev.weir.core.sync.AdaptiveLimitBuilder;
import dev.weir.core.sync.Gate;
import dev.weir.core.sync.KeyedExecutor;
import dev.weir.core.sync.KeyedExecutorBuilder;
import dev.weir.core.sync.KeyedLock;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.OrderedLocks;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.NullArguments;
import dev.weir.testkit.PublicTypes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class PublicTypesTest {
    @Test
    void every_object_describes_itself_for_a_log() throws Exception {
        assertEquals(List.of(), PublicTypes.thatDoNotDescribeThemselves(Deadline.class));
    }

    @Test
    void every_method_refuses_null_and_names_it() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Deadline deadline = Deadline.after(Duration.ofSeconds(1), time);
        ScopePolicy<Object, Object, RuntimeException> policy = new ScopePolicy<>() {
            @Override
            public boolean stopsAt(Outcome<Object> ended, int successes, int failures) {
                return false;
            }

            @Override
            public Object result(List<Outcome<Object>> outcomes) {
                return outcomes;
            }
        };
        try (WorkerPool pool = WorkerPool.builder("pool").daemon(true).build();
                TaskScope<RuntimeException> scope = TaskScope.failFast();
                TaskScope.JoinAll all = TaskScope.joinAll();
                PolicyScope<Object, Object, RuntimeException> policyScope = TaskScope.open(policy)) {
            NullArguments nulls = new NullArguments(Deadline.class)
                    .sample(ManualTimeSource.class, time)
                    .sample(TimeSource.class, time)
                    .sample(Deadline.class, deadline)
                    .sample(Outcome.class, Outcome.success("value"))
                    .sample(FanOut.class, FanOut.over(List.of("item")))
                    .sample(FirstCompleted.class, FanOut.over(List.of("item")).firstCompleted(item -> item))
                    .sample(WorkerPoolBuilder.class, WorkerPool.builder("pool"))
                    .sample(WorkerPool.class, pool)
                    .sample(Executor.class, pool)
                    .sample(Map.class, Map.of("tenant", 1))
                    .sample(TaskOptions.class, TaskOptions.none())
                    .sample(Saturation.class, Saturation.reject())
                    .sample(TaskScopeBuilder.class, TaskScope.builder())
                    .sample(TaskScope.class, scope)
                    .sample(TaskScope.JoinAll.class, all)
                    .sample(PolicyScope.class, policyScope)
                    .sample(TimeLimit.class, TimeLimit.of(Duration.ofSeconds(1)))
                    .sample(KeyedExecutorBuilder.class, KeyedExecutor.builder(pool))
                    .sample(KeyedExecutor.class, KeyedExecutor.over(pool))
                    .sample(KeyedLock.class, new KeyedLock<>())
                    .sample(OrderedLocks.class, OrderedLocks.of(new ReentrantLock()))
                    .sample(ResizableSemaphore.class, ResizableSemaphore.fair(1))
                    .sample(KeyedSemaphore.class, new KeyedSemaphore<>(1))
                    .sample(AdaptiveLimitBuilder.class, AdaptiveLimit.aimd(1, 9))
                    .sample(AdaptiveLimit.class, AdaptiveLimit.aimd(1, 9).build())
                    .sample(
                            AdaptiveLimit.Permit.class,
                            AdaptiveLimit.aimd(1, 9).build().tryAcquire().orElseThrow())
                    .sample(Gate.class, Gate.closed());
            assertEquals(Map.of(), nulls.takenOrNotNamed());
        }
    }

    @Test
    void every_record_refuses_null_and_names_it() throws Exception {
        assertEquals(List.of(), PublicTypes.recordComponentsThatTakeNull(Deadline.class));
    }
}

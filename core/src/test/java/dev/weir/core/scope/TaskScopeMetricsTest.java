package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.testkit.Call;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** How far a scope says that it is. */
class TaskScopeMetricsTest {
    private final CountDownLatch release = new CountDownLatch(1);

    @Test
    void tasks_that_wait_for_a_place_that_run_and_that_have_ended_are_counted() throws Exception {
        TaskScope.JoinAll joined;
        try (TaskScope.JoinAll scope = TaskScope.builder().concurrency(2).joinAll()) {
            assertEquals(new TaskScopeMetrics(0, 0, 0, 0), scope.metrics());
            for (int i = 0; i < 3; i++) {
                scope.fork(() -> {
                    release.await();
                    return null;
                });
            }
            scope.fork(() -> {
                throw new IOException("expected by the test");
            });
            Call.until(() -> scope.metrics().running() == 2);
            assertEquals(new TaskScopeMetrics(0, 0, 2, 2), scope.metrics());
            release.countDown();
            scope.join();
            assertEquals(new TaskScopeMetrics(4, 1, 0, 0), scope.metrics());
            joined = scope;
        }
        assertEquals(new TaskScopeMetrics(4, 1, 0, 0), joined.metrics());
    }

    @Test
    void tasks_that_a_stop_cancels_are_done_and_have_not_failed() throws Exception {
        try (TaskScope.JoinAll scope = TaskScope.builder().concurrency(1).joinAll()) {
            for (int i = 0; i < 3; i++) {
                scope.fork(() -> {
                    release.await();
                    return null;
                });
            }
            Call.until(() -> scope.metrics().running() == 1);
            scope.cancel();
            scope.fork(() -> null); // never runs
            scope.join();
            assertEquals(new TaskScopeMetrics(4, 0, 0, 0), scope.metrics());
        }
    }

    @Test
    void any_thread_may_ask() throws Exception {
        try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
            scope.fork(() -> null);
            scope.join();
            assertEquals(1, Call.start(scope::metrics).result().done());
        }
    }
}

package dev.weir.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.pool.WorkerPoolListener;
import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.Dumps;
import dev.weir.testkit.FlightRecords;
import dev.weir.testkit.ForkedJvm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;

/** What a flight recording has of pools and scopes. */
class FlightEventsTest {
    private final CountDownLatch release = new CountDownLatch(1);

    private static void end(WorkerPool pool) throws InterruptedException {
        pool.shutdown();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
    }

    private static WorkerPool pool(Saturation saturation) {
        return WorkerPool.builder("orders")
                .minWorkers(1)
                .maxWorkers(1)
                .queueCapacity(1)
                .saturation(saturation)
                .build();
    }

    private static RecordedEvent only(List<RecordedEvent> events) {
        assertEquals(1, events.size(), events::toString);
        return events.get(0);
    }

    /** Runs tasks, and waits for them, in a JVM that records nothing. */
    private static final class Unrecorded {
        public static void main(String[] args) throws Exception {
            WorkerPool pool = pool(Saturation.reject());
            try (TaskScope<RuntimeException> scope = TaskScope.builder().failFast()) {
                scope.fork(() -> pool.supplyAsync(() -> 1).join());
                scope.join();
            }
            end(pool);
        }
    }

    /** That would take its time from the first task; and the type would be lost if there were no memory for it then. */
    @Test
    void no_event_type_is_initialised_before_the_first_recording() throws Exception {
        String log = ForkedJvm.run(List.of("-Xlog:class+init=info"), Unrecorded.class);
        assertTrue(log.contains("Initializing 'dev/weir/core/pool/TaskRun'"), log);
        assertFalse(log.contains("Initializing 'jdk/jfr/Event'"), log);
    }

    @Test
    void a_task_of_a_pool_is_recorded_with_the_name_of_the_pool() throws Exception {
        RecordedEvent event = only(FlightRecords.of("dev.weir.WorkerPoolTask", () -> {
            WorkerPool pool = pool(Saturation.reject());
            pool.submit(() -> {
                throw new IllegalStateException("expected by the test");
            });
            end(pool);
        }));
        assertEquals("orders", event.getString("pool"));
        assertTrue(event.getBoolean("failed"));
        assertTrue(event.toString().contains("pool = \"orders\""), event.toString()); // as jfr print shows it
    }

    @Test
    void a_task_that_finds_no_room_is_recorded_with_what_became_of_it() throws Exception {
        RecordedEvent event = only(FlightRecords.of("dev.weir.PoolSaturation", () -> {
            WorkerPool pool = pool(Saturation.reject());
            pool.submit(() -> release.await(60, TimeUnit.SECONDS));
            pool.submit(() -> true);
            assertThrows(TaskRejectedException.class, () -> pool.submit(() -> true));
            release.countDown();
            end(pool);
        }));
        assertEquals("orders", event.getString("pool"));
        assertEquals("REJECT", event.getString("policy"));
        assertEquals("SATURATED", event.getString("outcome"));
    }

    @Test
    void a_submitter_that_waits_for_room_is_recorded_with_how_long() throws Exception {
        RecordedEvent event = only(FlightRecords.of("dev.weir.PoolSaturation", () -> {
            WorkerPool pool = pool(Saturation.block());
            pool.submit(() -> release.await(60, TimeUnit.SECONDS));
            pool.submit(() -> true);
            Call<Object> waits = Call.start(() -> pool.submit(() -> true));
            Call.until(() -> pool.metrics().blockedSubmitters() == 1);
            release.countDown();
            waits.result();
            end(pool);
        }));
        assertEquals("BLOCK", event.getString("policy"));
        assertEquals("DONE", event.getString("outcome"));
        assertTrue(event.getDuration().isPositive());
    }

    @Test
    void a_pool_that_stands_still_is_recorded() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch stalled = new CountDownLatch(1);
        RecordedEvent event = only(FlightRecords.of("dev.weir.PoolStall", () -> {
            WorkerPool pool = WorkerPool.builder("orders")
                    .minWorkers(1)
                    .maxWorkers(1)
                    .timeSource(time)
                    .stallThreshold(Duration.ofSeconds(5))
                    .listener(new WorkerPoolListener() {
                        @Override
                        public void onStalled(WorkerPool which, Duration threshold, List<Thread> workers) {
                            stalled.countDown();
                        }
                    })
                    .build();
            CompletableFuture<Void> stop = new CompletableFuture<>();
            pool.execute(stop::join);
            pool.execute(() -> {});
            Call.until(() -> {
                time.advance(Duration.ofSeconds(5));
                return stalled.getCount() == 0;
            });
            stop.complete(null);
            end(pool);
        }));
        assertEquals("orders", event.getString("pool"));
        assertEquals(1, event.getInt("workers"));
        assertEquals(1, event.getInt("queued"));
    }

    @Test
    void a_join_is_recorded_with_the_name_of_the_scope_and_how_its_tasks_ended() throws Exception {
        RecordedEvent event = only(FlightRecords.of("dev.weir.ScopeJoin", () -> {
            Call<Void> join = Call.run(() -> {
                try (TaskScope.JoinAll scope = TaskScope.builder().named("page").joinAll()) {
                    scope.fork(() -> release.await(60, TimeUnit.SECONDS));
                    Subtask<Object> fails = scope.fork(() -> {
                        release.await();
                        throw new IllegalStateException("expected by the test");
                    });
                    scope.join();
                    assertFalse(fails.isSuccess());
                    fails.outcome(); // which is not to be logged
                }
            });
            Dumps.awaitBlocker(join.thread(), "TaskScope\\[page, the end of its tasks.*");
            release.countDown();
            join.result();
        }));
        assertEquals("page", event.getString("scope"));
        assertEquals(2, event.getLong("tasks"));
        assertEquals(1, event.getLong("failed"));
        assertTrue(event.getDuration().isPositive());
    }

    @Test
    void nothing_is_recorded_that_nobody_has_enabled() throws Exception {
        List<RecordedEvent> events = FlightRecords.byDefault(() -> {
            WorkerPool pool = pool(Saturation.callerRuns());
            for (int i = 0; i < 10; i++) {
                pool.submit(() -> {
                    Thread.sleep(20);
                    return true;
                });
            }
            end(pool);
        });
        assertEquals(List.of(), events);
    }
}

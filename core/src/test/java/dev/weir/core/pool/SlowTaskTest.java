package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks that still run when they are slow. */
@Timeout(60)
class SlowTaskTest extends PoolFixture {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final List<String> reports = new CopyOnWriteArrayList<>();

    private WorkerPool watched(WorkerPoolBuilder builder) {
        return pool(builder.timeSource(time).slowTaskThreshold(SECOND).listener(new WorkerPoolListener() {
            @Override
            public void onTaskStillRunning(WorkerPool pool, String task, Duration ran, List<StackTraceElement> stack) {
                reports.add(task + " " + ran + " "
                        + stack.stream()
                                .map(StackTraceElement::getMethodName)
                                .filter("standsHere"::equals)
                                .findFirst()
                                .orElse("?"));
            }
        }));
    }

    private void standsHere(CountDownLatch begun, CountDownLatch until) throws InterruptedException {
        begun.countDown();
        until.await();
    }

    /** Has a task run that is known by its name, and returns when it has begun. */
    private void stand(WorkerPool pool, String name, CountDownLatch until) {
        CountDownLatch begun = new CountDownLatch(1);
        pool.submit(
                () -> {
                    standsHere(begun, until);
                    return null;
                },
                TaskOptions.named(name));
        join(begun);
    }

    /** Without the failures of other tests' pools, which are logged when their futures are garbage. */
    private static List<String> slow(CapturedLog log) {
        return log.lines().stream()
                .filter(line -> line.contains("still runs after"))
                .toList();
    }

    @Test
    void a_task_that_still_runs_is_reported_once_with_its_stack() throws Exception {
        WorkerPool pool = watched(one());
        try (CapturedLog log = CapturedLog.of(WorkerPool.class)) {
            stand(pool, "slow", gate);
            time.advance(SECOND);
            time.advance(SECOND);
            await().until(() -> reports.equals(List.of("slow PT2S standsHere")));
            time.advance(Duration.ofSeconds(10));
            stand(watched(one()), "other", gate); // whatever the watch does, it does not take longer than this
            assertEquals(List.of("slow PT2S standsHere"), reports);
            assertEquals(1, slow(log).size());
            assertTrue(slow(log).getFirst().startsWith("WARN a task of test still runs after PT2S: slow\n    at "));
        }
    }

    @Test
    void each_slow_task_is_reported_also_after_the_pool_was_idle() throws Exception {
        WorkerPool pool = watched(one());
        try (CapturedLog log = CapturedLog.of(WorkerPool.class)) {
            for (int i = 1; i <= 3; i++) {
                CountDownLatch until = new CountDownLatch(1);
                stand(pool, "slow" + i, until);
                String last = "slow" + i;
                await().until(() -> {
                    time.advance(SECOND);
                    return !reports.isEmpty() && reports.getLast().startsWith(last);
                });
                until.countDown();
                await().until(() -> pool.metrics().active() == 0);
                time.advance(Duration.ofSeconds(5));
            }
            assertEquals(3, slow(log).size());
        }
        assertEquals(3, reports.size());
    }

    @Test
    void quick_tasks_and_an_idle_pool_are_not_reported_and_no_timer_is_left() throws Exception {
        WorkerPool pool = watched(one());
        for (int i = 0; i < 100; i++) {
            pool.submit(() -> {}).get();
            time.advance(Duration.ofMillis(100));
        }
        await().until(() -> pool.metrics().active() == 0);
        time.advance(SECOND);
        time.advance(SECOND);
        assertEquals(List.of(), reports);
        pool.resize(0, 1);
        await().until(() -> {
            time.advance(Duration.ofMinutes(2)); // the idle worker ends
            return pool.metrics().workers() == 0;
        });
        assertEquals(0, time.waiters());
    }

    @Test
    void several_workers_are_watched() {
        WorkerPool pool = watched(WorkerPool.builder("test").maxWorkers(3).virtualWorkers());
        try (CapturedLog log = CapturedLog.of(WorkerPool.class)) {
            for (int i = 0; i < 3; i++) {
                stand(pool, "slow" + i, gate);
            }
            await().until(() -> {
                time.advance(SECOND);
                return reports.size() >= 3;
            });
            await().until(() -> slow(log).size() == 3);
        }
    }
}

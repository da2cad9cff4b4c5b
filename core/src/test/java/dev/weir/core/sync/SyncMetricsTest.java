package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SyncMetricsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private static Thread started(FutureTask<?> task) {
        return Thread.ofPlatform().daemon().start(task);
    }

    @Test
    void a_semaphore_counts_permits_and_calls() throws Exception {
        ResizableSemaphore semaphore = ResizableSemaphore.fair(3, time);
        assertTrue(semaphore.tryAcquire(2));
        assertFalse(semaphore.tryAcquire(2));
        assertEquals(new SemaphoreMetrics(2, 2, 0, 0, 3, 2, 0), semaphore.metrics());
        assertFalse(semaphore.tryAcquire(2, Duration.ZERO));
        assertEquals(new SemaphoreMetrics(2, 4, 0, 1, 3, 2, 0), semaphore.metrics());
        FutureTask<Boolean> granted =
                new FutureTask<>(() -> semaphore.withPriority(1).tryAcquire(2, SECOND));
        started(granted);
        time.awaitWaiters(1);
        assertEquals(1, semaphore.metrics().waiters());
        semaphore.release();
        assertTrue(granted.get());
        assertEquals(new SemaphoreMetrics(4, 4, 1, 1, 3, 3, 0), semaphore.metrics());
        FutureTask<Boolean> late = new FutureTask<>(() -> semaphore.tryAcquire(1, SECOND));
        started(late);
        time.awaitWaiters(1);
        time.advance(SECOND);
        assertFalse(late.get());
        assertEquals(new SemaphoreMetrics(4, 5, 1, 2, 3, 3, 0), semaphore.metrics());
        semaphore.resize(1);
        assertEquals(new SemaphoreMetrics(4, 5, 1, 2, 1, 3, 0), semaphore.metrics());
    }

    @Test
    void an_interrupted_wait_is_abandoned() throws Exception {
        ResizableSemaphore semaphore = ResizableSemaphore.unfair(0, time);
        FutureTask<Boolean> interrupted = new FutureTask<>(() -> {
            assertThrows(InterruptedException.class, () -> semaphore.acquire(3));
            return true;
        });
        Thread thread = started(interrupted);
        while (semaphore.waiting() == 0) {
            Thread.onSpinWait();
        }
        thread.interrupt();
        assertTrue(interrupted.get());
        assertEquals(new SemaphoreMetrics(0, 3, 0, 1, 0, 0, 0), semaphore.metrics());
    }

    @Test
    void a_keyed_semaphore_counts_for_all_keys_also_those_that_are_gone() throws Exception {
        KeyedSemaphore<String> semaphore = new KeyedSemaphore<>(1, time);
        semaphore.run("a", () -> {});
        semaphore.acquire("b");
        assertFalse(semaphore.tryAcquire("b"));
        assertEquals(new KeyedSemaphoreMetrics(2, 1, 0, 0, 1, 1, 0), semaphore.metrics());
        FutureTask<Boolean> granted = new FutureTask<>(() -> semaphore.tryAcquire("b", SECOND));
        started(granted);
        time.awaitWaiters(1);
        assertEquals(1, semaphore.metrics().waiters());
        semaphore.release("b");
        assertTrue(granted.get());
        assertFalse(semaphore.tryAcquire("b", Duration.ZERO));
        assertEquals(new KeyedSemaphoreMetrics(3, 2, 1, 1, 1, 1, 0), semaphore.metrics());
    }

    @Test
    void an_adaptive_limit_counts_what_became_of_its_permits() throws Exception {
        AdaptiveLimit limit = AdaptiveLimit.aimd(1, 10)
                .initial(2)
                .latencyLimit(SECOND)
                .timeSource(time)
                .build();
        AdaptiveLimit.Permit first = limit.acquire();
        AdaptiveLimit.Permit second = limit.tryAcquire().orElseThrow();
        assertTrue(limit.tryAcquire().isEmpty());
        first.succeeded();
        time.advance(SECOND.multipliedBy(2));
        second.succeeded();
        limit.acquire().close();
        AdaptiveLimitMetrics metrics = limit.metrics();
        assertEquals(3, metrics.acquired());
        assertEquals(1, metrics.rejected());
        assertEquals(1, metrics.succeeded());
        assertEquals(1, metrics.refused(), "it took longer than the latency limit");
        assertEquals(0, metrics.inFlight());
        assertEquals(limit.limit(), metrics.limit());
        limit.acquire().refused();
        assertEquals(2, limit.metrics().refused());
    }

    @Test
    void names_are_given_or_numbered_and_never_blank() {
        ResizableSemaphore semaphore = ResizableSemaphore.fair(1);
        assertTrue(semaphore.name().matches("semaphore-[1-9][0-9]*"));
        assertNotEquals(semaphore.name(), ResizableSemaphore.fair(1).name());
        ResizableSemaphore view = semaphore.forTenant("a");
        assertEquals("downloads", semaphore.named("downloads").name());
        assertEquals("downloads", view.name());
        assertEquals("ResizableSemaphore[downloads, fair, 1 of 1 available, 0 waiting]", semaphore.toString());
        assertThrows(IllegalArgumentException.class, () -> semaphore.named(" "));
        assertTrue(new KeyedSemaphore<String>(1).name().matches("keyed-semaphore-[1-9][0-9]*"));
        assertEquals("hosts", new KeyedSemaphore<String>(1).named("hosts").name());
        assertThrows(IllegalArgumentException.class, () -> new KeyedSemaphore<String>(1).named(""));
        assertTrue(AdaptiveLimit.aimd(1, 2).build().name().matches("adaptive-limit-[1-9][0-9]*"));
        assertEquals("search", AdaptiveLimit.aimd(1, 2).name("search").build().name());
        assertThrows(
                IllegalArgumentException.class, () -> AdaptiveLimit.aimd(1, 2).name(" "));
        assertTrue(KeyedExecutor.builder(Runnable::run).build().name().matches("keyed-executor-[1-9][0-9]*"));
        assertEquals(
                "orders",
                KeyedExecutor.builder(Runnable::run).name("orders").build().name());
        assertThrows(
                IllegalArgumentException.class,
                () -> KeyedExecutor.builder(Runnable::run).name(" "));
        assertThrows(IllegalArgumentException.class, () -> WorkerPool.builder(" "));
        try (WorkerPool pool = WorkerPool.builder("work").build()) {
            assertEquals("work", pool.name());
        }
    }
}

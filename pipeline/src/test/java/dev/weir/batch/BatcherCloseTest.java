package dev.weir.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.pool.TaskRejectedException.Reason;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatcherCloseTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicBoolean interrupted = new AtomicBoolean();

    private BatcherBuilder<Integer, Integer> stuck() {
        return Batcher.<Integer, Integer>builder(items -> {
                    begun.incrementAndGet();
                    try {
                        released.await();
                    } catch (InterruptedException interrupt) {
                        interrupted.set(true);
                        throw interrupt;
                    }
                    return items;
                })
                .name("stuck")
                .maxItems(1)
                .maxWait(HOUR)
                .timeSource(time);
    }

    @Test
    void what_waits_is_sent_at_once_and_close_waits_for_the_results() throws Exception {
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> items)
                .maxWait(HOUR)
                .timeSource(time)
                .build();
        CompletableFuture<Integer> one = batcher.submit(1);
        Call<Integer> two = Call.thatWaits(() -> batcher.call(2));
        batcher.close();
        assertTrue(one.isDone());
        assertEquals(1, one.get());
        assertEquals(2, two.result());
        assertEquals(0, time.waiters(), "the timer is gone");
        batcher.close();
    }

    @Test
    void a_closed_batcher_says_so() {
        Batcher<Integer, Integer> batcher = stuck().build();
        batcher.close();
        for (TaskRejectedException refused : List.of(
                assertThrows(TaskRejectedException.class, () -> batcher.submit(1)),
                assertThrows(TaskRejectedException.class, () -> batcher.call(1)))) {
            assertEquals(Reason.SHUT_DOWN, refused.reason());
            assertEquals("stuck is closed", refused.getMessage());
        }
        assertEquals(2, batcher.metrics().rejected());
        assertEquals("Batcher[stuck, 0 of 1024 items wait, 0 of 1 bulk calls run, closed]", batcher.toString());
    }

    @Test
    void callers_that_wait_for_room_are_refused_when_it_is_closed() throws Exception {
        Batcher<Integer, Integer> batcher = stuck().capacity(1).build();
        CompletableFuture<Integer> sent = batcher.submit(1);
        Eventually.await().until(() -> begun.get() == 1);
        CompletableFuture<Integer> waiting = batcher.submit(2);
        List<Call<Integer>> blocked =
                List.of(Call.thatWaits(() -> batcher.call(3)), Call.thatWaits(() -> batcher.call(4)));
        Call<Void> closing = Call.run(batcher::close);
        for (Call<Integer> call : blocked) {
            assertEquals(
                    Reason.SHUT_DOWN,
                    assertInstanceOf(TaskRejectedException.class, call.failure())
                            .reason());
        }
        released.countDown();
        closing.result();
        assertEquals(1, sent.get());
        assertEquals(2, waiting.get());
    }

    @Test
    void after_the_close_timeout_all_are_cancelled_and_the_bulk_call_is_interrupted() throws Exception {
        Batcher<Integer, Integer> batcher = stuck().closeTimeout(HOUR).build();
        Call<Integer> sent = Call.thatWaits(() -> batcher.call(1));
        Eventually.await().until(() -> begun.get() == 1);
        CompletableFuture<Integer> waiting = batcher.submit(2);
        CompletableFuture<String> dependent = waiting.handle((result, failure) -> "notified");
        try (CapturedLog log = CapturedLog.of(Batcher.class)) {
            Call<Void> closing = Call.run(batcher::close);
            time.awaitWaiters(1);
            time.advance(HOUR);
            closing.result();
            assertEquals(List.of("WARN stuck was closed, and 2 items were cancelled"), log.lines());
        }
        assertInstanceOf(CancellationException.class, sent.failure());
        assertEquals("notified", dependent.get(50, TimeUnit.SECONDS));
        assertTrue(waiting.isCancelled());
        Eventually.await().until(interrupted::get);
        assertEquals(2, batcher.metrics().cut());
        assertEquals(1, begun.get());
    }

    @Test
    void an_interrupted_close_cuts_at_once_and_keeps_the_status() throws Exception {
        Batcher<Integer, Integer> batcher = stuck().build();
        CompletableFuture<Integer> sent = batcher.submit(1);
        Eventually.await().until(() -> begun.get() == 1);
        try (CapturedLog log = CapturedLog.of(Batcher.class)) {
            Call<Object> closing = Call.thatWaits(() -> {
                batcher.close();
                return "closed";
            });
            closing.interrupt();
            assertEquals("closed", closing.result());
            assertTrue(closing.wasInterruptedAtEnd());
            assertTrue(sent.isCancelled());
            assertEquals(1, log.lines().size());
        }
        Eventually.await().until(interrupted::get);
    }

    @Test
    void a_bulk_function_that_ignores_the_interrupt_holds_up_no_caller() throws Exception {
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    begun.incrementAndGet();
                    while (released.getCount() > 0) {
                        try {
                            released.await();
                        } catch (InterruptedException ignored) {
                            interrupted.set(true);
                        }
                    }
                    return items;
                })
                .maxItems(1)
                .closeTimeout(Duration.ZERO)
                .build();
        Call<Integer> sent = Call.thatWaits(() -> batcher.call(1));
        Eventually.await().until(() -> begun.get() == 1);
        try (CapturedLog log = CapturedLog.of(Batcher.class)) {
            batcher.close();
            assertEquals(1, log.lines().size());
        }
        assertInstanceOf(CancellationException.class, sent.failure());
        assertEquals(1, batcher.metrics().running());
        released.countDown();
        Eventually.await().until(() -> batcher.metrics().running() == 0);
        assertEquals(1, batcher.metrics().cut());
    }

    @Test
    void a_bulk_call_that_its_executor_has_not_begun_is_withdrawn() throws Exception {
        try (ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>())) {
            pool.execute(() -> {
                try {
                    released.await();
                } catch (InterruptedException unexpected) {
                    throw new AssertionError(unexpected);
                }
            });
            Batcher<Integer, Integer> batcher =
                    stuck().executor(pool).closeTimeout(Duration.ZERO).build();
            CompletableFuture<Integer> sent = batcher.submit(1);
            Eventually.await().until(() -> pool.getQueue().size() == 1);
            try (CapturedLog log = CapturedLog.of(Batcher.class)) {
                batcher.close();
                assertEquals(1, log.lines().size());
            }
            assertTrue(sent.isCancelled());
            assertEquals(0, pool.getQueue().size());
            released.countDown();
        }
        assertEquals(0, begun.get());
    }

    @Test
    void the_bulk_function_and_dependents_cannot_wait_for_their_own_end() throws Exception {
        CompletableFuture<Batcher<Integer, Integer>> self = new CompletableFuture<>();
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    assertThrows(IllegalStateException.class, self.join()::close);
                    return items;
                })
                .maxItems(1)
                .build();
        CompletableFuture<Integer> result = batcher.submit(1).whenComplete((value, failure) -> {
            assertThrows(IllegalStateException.class, batcher::close);
        });
        self.complete(batcher);
        assertEquals(1, result.get(50, TimeUnit.SECONDS));
        assertEquals(2, batcher.call(2));
        batcher.close();
    }
}

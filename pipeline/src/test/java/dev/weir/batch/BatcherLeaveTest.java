package dev.weir.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.pool.TaskRejectedException.Reason;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers that give up: before their item is sent it is not, and afterwards its result is dropped. */
@Timeout(60)
class BatcherLeaveTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final List<List<Integer>> calls = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch released = new CountDownLatch(1);

    private BatcherBuilder<Integer, Integer> batcher() {
        return Batcher.<Integer, Integer>builder(items -> {
                    calls.add(items);
                    released.await();
                    if (items.contains(0)) {
                        throw new IOException("expected by the test");
                    }
                    return items;
                })
                .maxWait(HOUR)
                .timeSource(time);
    }

    @Test
    void an_interrupted_caller_leaves_and_its_item_is_not_sent() throws Exception {
        Batcher<Integer, Integer> batcher = batcher().maxItems(2).build();
        released.countDown();
        Call<Integer> caller = Call.thatWaits(() -> batcher.call(1));
        caller.interrupt();
        caller.assertThrew(InterruptedException.class);
        assertEquals(0, batcher.metrics().waiting());
        CompletableFuture<Integer> two = batcher.submit(2);
        assertEquals(3, batcher.call(3));
        assertEquals(2, two.get());
        assertEquals(List.of(List.of(2, 3)), calls);
        assertEquals(1, batcher.metrics().left());
    }

    @Test
    void a_thread_that_is_interrupted_already_hands_nothing_in() {
        Batcher<Integer, Integer> batcher = batcher().build();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> batcher.call(1));
        assertFalse(Thread.interrupted());
        assertEquals(0, batcher.metrics().submitted());
    }

    @Test
    void a_caller_that_times_out_leaves_and_its_item_is_not_sent() throws Exception {
        Batcher<Integer, Integer> batcher = batcher().build();
        Call<Integer> caller = Call.start(() -> batcher.call(1, HOUR.dividedBy(2)));
        time.awaitWaiters(2);
        time.advance(HOUR.dividedBy(2));
        assertInstanceOf(TimeoutException.class, caller.failure());
        assertThrows(TimeoutException.class, () -> batcher.call(2, Duration.ZERO));
        time.advance(HOUR);
        assertEquals(List.of(), calls);
        assertEquals(2, batcher.metrics().left());
    }

    @Test
    void a_cancelled_future_leaves_from_the_beginning_the_middle_and_the_end() throws Exception {
        Batcher<Integer, Integer> batcher = batcher().build();
        released.countDown();
        List<CompletableFuture<Integer>> futures = new ArrayList<>();
        for (int item = 1; item <= 5; item++) {
            futures.add(batcher.submit(item));
        }
        for (int gone : List.of(2, 0, 4)) {
            assertTrue(futures.get(gone).cancel(false));
            assertTrue(futures.get(gone).isCancelled());
            assertTrue(futures.get(gone).cancel(false), "as the JDK's future");
        }
        time.advance(HOUR);
        assertEquals(2, futures.get(1).get());
        assertEquals(4, futures.get(3).get());
        assertEquals(List.of(List.of(2, 4)), calls);
        assertFalse(futures.get(1).cancel(false));
    }

    @Test
    void a_future_that_is_completed_by_hand_leaves_however_that_is_done() throws Exception {
        Batcher<Integer, Integer> batcher = batcher().build();
        CompletableFuture<Integer> one = batcher.submit(1);
        assertTrue(one.complete(7));
        assertFalse(one.complete(8));
        CompletableFuture<Integer> two = batcher.submit(2);
        assertTrue(two.completeExceptionally(new IOException("expected by the test")));
        CompletableFuture<Integer> three = batcher.submit(3);
        assertEquals(9, three.completeAsync(() -> 9).get());
        CompletableFuture<Integer> four = batcher.submit(4);
        four.obtrudeValue(10);
        CompletableFuture<Integer> five = batcher.submit(5);
        five.obtrudeException(new IOException("expected by the test"));
        CompletableFuture<Integer> six = batcher.submit(6).orTimeout(1, TimeUnit.MILLISECONDS);
        assertInstanceOf(
                TimeoutException.class,
                assertThrows(ExecutionException.class, six::get).getCause());
        assertEquals(7, one.get());
        assertEquals(6, batcher.metrics().left());
        assertEquals(0, batcher.metrics().waiting());
    }

    @Test
    void a_caller_that_gives_up_after_the_bulk_call_has_begun_drops_its_result_alone() throws Exception {
        Batcher<Integer, Integer> batcher = batcher().maxItems(3).build();
        Call<Integer> interrupted = Call.thatWaits(() -> batcher.call(1));
        CompletableFuture<Integer> cancelled = batcher.submit(2);
        CompletableFuture<Integer> patient = batcher.submit(3);
        Eventually.await().until(() -> calls.size() == 1);
        interrupted.interrupt();
        interrupted.assertThrew(InterruptedException.class);
        assertTrue(cancelled.cancel(true));
        released.countDown();
        assertEquals(3, patient.get());
        BatcherMetrics metrics = batcher.metrics();
        assertEquals(2, metrics.abandoned());
        assertEquals(1, metrics.succeeded());
    }

    @Test
    void a_failure_that_no_caller_is_left_for_is_logged() throws Exception {
        Batcher<Integer, Integer> batcher = batcher().maxItems(1).name("rows").build();
        CompletableFuture<Integer> future = batcher.submit(0);
        Eventually.await().until(() -> calls.size() == 1);
        future.cancel(true);
        try (CapturedLog log = CapturedLog.of(Batcher.class)) {
            released.countDown();
            batcher.close();
            assertEquals(
                    List.of("ERROR a bulk call of rows failed for items that were given up expected by the test"),
                    log.lines());
        }
    }

    // ---- room

    @Test
    void call_waits_for_room_and_submit_refuses() throws Exception {
        Batcher<Integer, Integer> batcher =
                batcher().maxItems(1).capacity(1).name("small").build();
        CompletableFuture<Integer> sent = batcher.submit(1);
        Eventually.await().until(() -> calls.size() == 1);
        CompletableFuture<Integer> waiting = batcher.submit(2);
        TaskRejectedException refused = assertThrows(TaskRejectedException.class, () -> batcher.submit(3));
        assertEquals(Reason.SATURATED, refused.reason());
        assertEquals("small is saturated", refused.getMessage());
        Call<Integer> caller = Call.thatWaits(() -> batcher.call(4));
        assertEquals(1, batcher.metrics().blockedCallers());
        Call<Integer> impatient = Call.thatWaits(() -> batcher.call(5));
        impatient.interrupt();
        impatient.assertThrew(InterruptedException.class);
        assertThrows(TimeoutException.class, () -> batcher.call(6, Duration.ZERO));
        released.countDown();
        assertEquals(4, caller.result());
        assertEquals(1, sent.get());
        assertEquals(2, waiting.get());
        assertEquals(List.of(List.of(1), List.of(2), List.of(4)), calls);
    }

    @Test
    void an_item_that_leaves_makes_room() throws Exception {
        Batcher<Integer, Integer> batcher =
                batcher().maxItems(2).capacity(2).maxWeight(1_000, item -> 1).build();
        batcher.submit(1).cancel(false);
        batcher.submit(2).cancel(false);
        CompletableFuture<Integer> three = batcher.submit(3);
        CompletableFuture<Integer> four = batcher.submit(4);
        released.countDown();
        assertEquals(3, three.get());
        assertEquals(4, four.get());
    }

    /** Callers that give up at any moment, for a seed that is printed. */
    @Test
    void every_item_ends_once_in_random_runs() throws Exception {
        long seed = System.nanoTime();
        System.out.println("BatcherLeaveTest seed " + seed);
        Random random = new Random(seed);
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger results = new AtomicInteger();
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    sent.addAndGet(items.size());
                    Thread.yield();
                    return items;
                })
                .maxItems(4)
                .capacity(8)
                .maxWait(Duration.ofNanos(20_000))
                .concurrency(2)
                .build();
        int threads = 8;
        int each = 2_000;
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < threads; thread++) {
                Random own = new Random(random.nextLong());
                executor.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        int item = i;
                        try {
                            if (own.nextInt(3) == 0) {
                                assertEquals(item, batcher.call(item, Duration.ofNanos(own.nextInt(60_000))));
                            } else if (own.nextBoolean()) {
                                CompletableFuture<Integer> future = batcher.submit(item);
                                if (own.nextBoolean()) {
                                    future.cancel(false);
                                }
                                assertEquals(item, future.get());
                            } else {
                                assertEquals(item, batcher.call(item));
                            }
                            results.incrementAndGet();
                        } catch (TimeoutException | CancellationException gaveUp) {
                            // counted by the batcher
                        } catch (TaskRejectedException full) {
                            assertEquals(Reason.SATURATED, full.reason());
                        }
                    }
                    return null;
                });
            }
        }
        batcher.close();
        BatcherMetrics metrics = batcher.metrics();
        String all = metrics + ", seed " + seed;
        assertEquals((long) threads * each, metrics.submitted(), all);
        assertEquals(results.get(), metrics.succeeded(), all);
        assertEquals(sent.get(), metrics.succeeded() + metrics.abandoned(), all);
        assertEquals(
                metrics.submitted(),
                metrics.succeeded() + metrics.abandoned() + metrics.left() + metrics.rejected(),
                all);
        assertEquals(0, metrics.waiting() + metrics.inFlight() + metrics.running(), all);
    }
}

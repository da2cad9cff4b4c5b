package dev.weir.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Outcome;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

@Timeout(60)
class BatcherTest {
    /** Long enough for all items of a batch to come, also on a busy machine. */
    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final List<List<Integer>> calls = Collections.synchronizedList(new ArrayList<>());

    private List<String> describe(List<Integer> items) {
        calls.add(items);
        return items.stream().map(item -> "<" + item + ">").toList();
    }

    private BatcherBuilder<Integer, String> batcher() {
        return Batcher.<Integer, String>builder(this::describe)
                .name("items")
                .maxWait(HOUR)
                .timeSource(time);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(50, TimeUnit.SECONDS);
    }

    // ---- when a bulk call is made

    @Test
    void a_full_batch_is_sent_at_once_and_each_caller_gets_its_own_result() throws Exception {
        Batcher<Integer, String> batcher = batcher().maxItems(3).build();
        Call<String> one = Call.thatWaits(() -> batcher.call(1));
        Call<String> two = Call.thatWaits(() -> batcher.call(2));
        assertEquals(2, batcher.metrics().waiting());
        assertEquals("<3>", get(batcher.submit(3)));
        assertEquals("<1>", one.result());
        assertEquals("<2>", two.result());
        assertEquals(List.of(List.of(1, 2, 3)), calls);
    }

    @Test
    void items_are_sent_when_the_first_has_waited_long_enough() throws Exception {
        Batcher<Integer, String> batcher = batcher().build();
        CompletableFuture<String> first = batcher.submit(1);
        time.advance(HOUR.dividedBy(2));
        CompletableFuture<String> second = batcher.submit(2);
        time.advance(HOUR.dividedBy(2).minusNanos(1));
        assertFalse(first.isDone());
        assertEquals(2, batcher.metrics().waiting());
        time.advance(Duration.ofNanos(1));
        assertEquals("<1>", get(first));
        assertEquals("<2>", get(second));
        assertEquals(List.of(List.of(1, 2)), calls);
    }

    @Test
    void when_the_first_item_leaves_the_next_one_still_waits_its_full_time() throws Exception {
        Batcher<Integer, String> batcher = batcher().build();
        CompletableFuture<String> first = batcher.submit(1);
        time.advance(HOUR.dividedBy(2));
        CompletableFuture<String> second = batcher.submit(2);
        assertTrue(first.cancel(true));
        time.advance(HOUR.dividedBy(2));
        assertFalse(second.isDone());
        time.advance(HOUR.dividedBy(2));
        assertEquals("<2>", get(second));
        assertEquals(List.of(List.of(2)), calls);
    }

    @Test
    void without_a_wait_items_gather_while_a_bulk_call_runs() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    calls.add(items);
                    released.await();
                    return items;
                })
                .maxWait(Duration.ZERO)
                .timeSource(time)
                .build();
        CompletableFuture<Integer> first = batcher.submit(1);
        Eventually.await().until(() -> calls.size() == 1);
        List<CompletableFuture<Integer>> rest =
                IntStream.range(2, 6).mapToObj(batcher::submit).toList();
        assertEquals(4, batcher.metrics().waiting());
        assertEquals(1, batcher.metrics().inFlight());
        released.countDown();
        assertEquals(1, get(first));
        assertEquals(5, get(rest.getLast()));
        assertEquals(List.of(List.of(1), List.of(2, 3, 4, 5)), calls);
        assertEquals(0, time.waiters());
    }

    @Test
    void a_batch_ends_before_its_weight_is_too_much_and_a_heavy_item_goes_alone() throws Exception {
        Batcher<Integer, String> batcher =
                batcher().maxWeight(10, item -> item).capacity(100).build();
        List<CompletableFuture<String>> futures = new ArrayList<>();
        for (int item : List.of(4, 5)) {
            futures.add(batcher.submit(item));
        }
        assertEquals(2, batcher.metrics().waiting());
        futures.add(batcher.submit(99));
        futures.add(batcher.submit(10));
        for (CompletableFuture<String> future : futures) {
            get(future);
        }
        assertEquals(List.of(List.of(4, 5), List.of(99), List.of(10)), calls);
        futures.add(batcher.submit(0));
        assertEquals(1, batcher.metrics().waiting());
        assertThrows(IllegalArgumentException.class, () -> batcher.submit(-1));
        assertEquals(1, batcher.metrics().waiting());
    }

    @Test
    void no_more_bulk_calls_run_than_may() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Semaphore go = new Semaphore(0);
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    go.acquire();
                    running.decrementAndGet();
                    return items;
                })
                .maxItems(2)
                .maxWait(HOUR)
                .concurrency(3)
                .build();
        List<CompletableFuture<Integer>> futures =
                IntStream.range(0, 20).mapToObj(batcher::submit).toList();
        Eventually.await().until(() -> running.get() == 3);
        assertEquals(3, batcher.metrics().running());
        go.release(10);
        for (int i = 0; i < 20; i++) {
            assertEquals(i, get(futures.get(i)));
        }
        assertEquals(3, most.get());
    }

    @Test
    void a_clock_that_throws_refuses_items_and_strands_none() throws Exception {
        IllegalStateException broken = new IllegalStateException("expected by the test");
        TimeSource noTimer = new TimeSource() {
            @Override
            public long nanoTime() {
                return 0;
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {}

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                throw broken;
            }
        };
        Batcher<Integer, String> batcher =
                batcher().maxItems(2).timeSource(noTimer).build();
        CompletableFuture<String> first;
        try (CapturedLog log = CapturedLog.of(Batcher.class)) {
            first = batcher.submit(1);
            assertEquals(1, log.lines().size(), log.lines()::toString);
        }
        assertEquals("<1>", get(first));
    }

    // ---- results

    @Test
    void callers_share_the_cause_of_a_failure_and_nothing_else() throws Exception {
        IOException cause = new IOException("expected by the test");
        Batcher<Integer, String> batcher = Batcher.<Integer, String>builder(items -> {
                    throw cause;
                })
                .maxItems(3)
                .maxWait(HOUR)
                .build();
        Call<String> one = Call.thatWaits(() -> batcher.call(1));
        Call<String> two = Call.thatWaits(() -> batcher.call(2));
        CompletableFuture<String> three = batcher.submit(3);
        ExecutionException first = assertInstanceOf(ExecutionException.class, one.failure());
        ExecutionException second = assertInstanceOf(ExecutionException.class, two.failure());
        assertNotSame(first, second);
        assertSame(cause, first.getCause());
        assertSame(cause, second.getCause());
        assertSame(
                cause, assertThrows(ExecutionException.class, () -> get(three)).getCause());
        assertEquals(0, cause.getSuppressed().length);
        assertEquals(3, batcher.metrics().failed());
    }

    @Test
    void the_batcher_goes_on_after_an_error() throws Exception {
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    if (items.contains(0)) {
                        throw new StackOverflowError("expected by the test");
                    }
                    return items;
                })
                .maxItems(1)
                .build();
        assertInstanceOf(
                StackOverflowError.class,
                assertThrows(ExecutionException.class, () -> batcher.call(0)).getCause());
        assertEquals(1, batcher.call(1));
    }

    @Test
    void a_list_of_the_wrong_size_fails_all_and_says_so() {
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> List.of(1, 2))
                .name("users")
                .maxItems(3)
                .maxWait(HOUR)
                .build();
        List<CompletableFuture<Integer>> futures =
                IntStream.range(0, 3).mapToObj(batcher::submit).toList();
        for (CompletableFuture<Integer> future : futures) {
            Throwable cause =
                    assertThrows(ExecutionException.class, () -> get(future)).getCause();
            assertEquals("the bulk function of users returned 2 results for 3 items", cause.getMessage());
        }
    }

    @Test
    void a_function_that_returns_null_fails_all_and_says_so() {
        Batcher<Integer, Integer> batcher =
                Batcher.<Integer, Integer>builder(items -> null).maxItems(1).build();
        Throwable cause =
                assertThrows(ExecutionException.class, () -> batcher.call(1)).getCause();
        assertEquals("the bulk function returned null", cause.getMessage());
        Batcher<Integer, Integer> outcomes = Batcher.<Integer, Integer>outcomeBuilder(
                        items -> Arrays.asList(Outcome.success(1), null))
                .maxItems(2)
                .maxWait(HOUR)
                .build();
        CompletableFuture<Integer> first = outcomes.submit(1);
        outcomes.submit(2);
        cause = assertThrows(ExecutionException.class, () -> get(first)).getCause();
        assertEquals("the bulk function returned null as outcome 1", cause.getMessage());
    }

    @Test
    void results_may_be_null_and_the_items_cannot_be_changed() throws Exception {
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    assertThrows(UnsupportedOperationException.class, () -> items.set(0, 7));
                    return Arrays.asList(null, items.get(1));
                })
                .maxItems(2)
                .maxWait(HOUR)
                .build();
        CompletableFuture<Integer> first = batcher.submit(1);
        assertEquals(2, batcher.call(2));
        assertNull(get(first));
    }

    @Test
    void a_map_is_asked_for_equal_items_once_and_an_item_without_an_entry_fails_alone() throws Exception {
        Batcher<Integer, String> batcher = Batcher.<Integer, String>mapBuilder(items -> {
                    calls.add(List.copyOf(items));
                    Map<Integer, String> results = new HashMap<>();
                    results.put(1, "one");
                    results.put(2, null);
                    return results;
                })
                .maxItems(4)
                .maxWait(HOUR)
                .build();
        List<CompletableFuture<String>> futures =
                List.of(1, 2, 1, 3).stream().map(batcher::submit).toList();
        assertEquals("one", get(futures.get(0)));
        assertNull(get(futures.get(1)));
        assertEquals("one", get(futures.get(2)));
        Throwable cause = assertThrows(ExecutionException.class, () -> get(futures.get(3)))
                .getCause();
        assertInstanceOf(NoSuchElementException.class, cause);
        assertEquals("the bulk function returned no result for 3", cause.getMessage());
        assertEquals(List.of(List.of(1, 2, 3)), calls);
    }

    @Test
    void outcomes_let_single_items_fail() throws Exception {
        IOException refused = new IOException("expected by the test");
        CancellationException why = new CancellationException("no longer wanted");
        Batcher<Integer, String> batcher = Batcher.<Integer, String>outcomeBuilder(items ->
                        List.of(Outcome.success("one"), Outcome.failure(refused), Outcome.cancelled(true, why)))
                .maxItems(3)
                .maxWait(HOUR)
                .build();
        CompletableFuture<String> one = batcher.submit(1);
        CompletableFuture<String> two = batcher.submit(2);
        CancellationException third = assertThrows(CancellationException.class, () -> batcher.call(3));
        assertEquals("one", get(one));
        assertSame(
                refused, assertThrows(ExecutionException.class, () -> get(two)).getCause());
        Throwable cause = third;
        while (cause != null && cause != why) {
            cause = cause.getCause();
        }
        assertSame(why, cause);
        assertEquals(1, batcher.metrics().succeeded());
        assertEquals(2, batcher.metrics().failed());
    }

    // ---- threads and contexts

    @Test
    void a_bulk_function_that_calls_its_own_batcher_is_refused() {
        List<Batcher<Integer, Integer>> self = new ArrayList<>();
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(
                        items -> List.of(self.getFirst().call(2)))
                .name("self")
                .maxItems(1)
                .build();
        self.add(batcher);
        Throwable cause =
                assertThrows(ExecutionException.class, () -> batcher.call(1)).getCause();
        assertEquals("the bulk function of self calls its own batcher", cause.getMessage());
    }

    @Test
    void a_dependent_may_call_the_batcher_again_and_holds_up_no_bulk_call() throws Exception {
        Batcher<Integer, String> batcher = batcher().maxItems(1).build();
        CompletableFuture<String> second = batcher.submit(1).thenApply(result -> {
            try {
                return result + batcher.call(2);
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
        assertEquals("<1><2>", get(second));
    }

    @Test
    void bulk_calls_have_the_context_of_the_builder_and_dependents_that_of_the_submitter() throws Exception {
        MDC.put("who", "builder");
        Batcher<Integer, String> batcher;
        CountDownLatch attached = new CountDownLatch(1);
        CompletableFuture<String> seen;
        try {
            batcher = Batcher.<Integer, String>builder(items -> {
                        attached.await();
                        return Collections.nCopies(items.size(), MDC.get("who"));
                    })
                    .maxItems(2)
                    .build();
            MDC.put("who", "first");
            CompletableFuture<String> first = batcher.submit(1);
            MDC.put("who", "second");
            CompletableFuture<String> second = batcher.submit(2);
            seen = first.thenApply(result -> result + " " + MDC.get("who"))
                    .thenCombine(second.thenApply(result -> MDC.get("who")), (a, b) -> a + " " + b);
        } finally {
            MDC.remove("who");
        }
        attached.countDown();
        assertEquals("builder first second", get(seen));
    }

    @Test
    void an_executor_makes_the_bulk_calls_and_no_caller_does() throws Exception {
        Set<Thread> threads = Collections.synchronizedSet(new HashSet<>());
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    threads.add(Thread.currentThread());
                    return items;
                })
                .maxItems(1)
                .executor(Runnable::run)
                .build();
        assertEquals(1, batcher.call(1));
        assertFalse(threads.contains(Thread.currentThread()));
        assertEquals(1, threads.size());
    }

    @Test
    void items_fail_if_the_executor_refuses_or_drops_their_bulk_call() throws Exception {
        TaskRejectedException refusal =
                new TaskRejectedException(TaskRejectedException.Reason.SATURATED, "expected by the test", null);
        Batcher<Integer, String> refused = batcher()
                .maxItems(1)
                .executor(task -> {
                    throw refusal;
                })
                .build();
        assertSame(
                refusal,
                assertThrows(ExecutionException.class, () -> refused.call(1)).getCause());
        Batcher<Integer, String> dropped = batcher()
                .maxItems(1)
                .executor(task -> ((Future<?>) task).cancel(false))
                .build();
        TaskRejectedException cause = assertInstanceOf(
                TaskRejectedException.class,
                assertThrows(ExecutionException.class, () -> dropped.call(1)).getCause());
        assertEquals("the executor of items dropped a bulk call", cause.getMessage());
        assertEquals(List.of(), calls);
    }

    // ---- what is refused when built

    @Test
    void bad_input_is_refused_and_named() {
        BatcherBuilder<Integer, String> builder = batcher();
        for (Runnable bad : List.<Runnable>of(
                () -> builder.maxItems(0),
                () -> builder.maxWeight(0, item -> 1),
                () -> builder.maxWait(Duration.ofNanos(-1)),
                () -> builder.concurrency(0),
                () -> builder.capacity(0),
                () -> builder.closeTimeout(Duration.ofNanos(-1)),
                () -> builder.maxItems(11).capacity(10).build())) {
            assertThrows(IllegalArgumentException.class, bad::run);
        }
        for (Runnable bad : List.<Runnable>of(
                () -> Batcher.builder(null),
                () -> Batcher.mapBuilder(null),
                () -> Batcher.outcomeBuilder(null),
                () -> builder.name(null),
                () -> builder.maxWeight(1, null),
                () -> builder.maxWait(null),
                () -> builder.closeTimeout(null),
                () -> builder.timeSource(null),
                () -> builder.executor(null),
                () -> builder.context((ContextCarrier) null))) {
            assertThrows(NullPointerException.class, bad::run);
        }
        Batcher<Integer, String> batcher = batcher().build();
        assertThrows(NullPointerException.class, () -> batcher.call(null));
        assertThrows(NullPointerException.class, () -> batcher.submit(null));
        assertThrows(NullPointerException.class, () -> batcher.call(1, null));
        assertEquals(0, batcher.metrics().submitted());
    }

    @Test
    void it_describes_itself() {
        Batcher<Integer, String> batcher = batcher().concurrency(2).build();
        batcher.submit(1);
        assertEquals("Batcher[items, 1 of 1024 items wait, 0 of 2 bulk calls run]", batcher.toString());
        assertEquals(
                "BatcherBuilder[items, 100 items within PT1H, 1 at once, capacity 1024]",
                batcher().toString());
    }

    @Test
    void it_has_the_name_that_it_is_given_or_a_number() {
        assertEquals("items", batcher().build().name());
        String numbered =
                Batcher.<Integer, Integer>builder(items -> items).build().name();
        assertTrue(numbered.matches("batcher-\\d+"), numbered);
        assertThrows(IllegalArgumentException.class, () -> batcher().name(" "));
        assertEquals(
                "BatcherBuilder[100 items within PT0.005S, 1 at once, capacity 1024]",
                Batcher.<Integer, Integer>builder(items -> items).toString());
    }
}

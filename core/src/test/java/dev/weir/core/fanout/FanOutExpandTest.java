package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Items that add items. */
@Timeout(60)
class FanOutExpandTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private final Set<Integer> seen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    /** The numbers below {@code end} as a binary tree with root 1. */
    private void visit(int number, int end, Consumer<? super Integer> more) {
        most.accumulateAndGet(running.incrementAndGet(), Math::max);
        assertTrue(seen.add(number));
        Thread.yield();
        for (int child = 2 * number; child < end && child <= 2 * number + 1; child++) {
            more.accept(child);
        }
        running.decrementAndGet();
    }

    private static Set<Integer> numbers(int from, int end) {
        return new HashSet<>(IntStream.range(from, end).boxed().toList());
    }

    @Test
    void every_item_that_an_item_adds_is_done_once_and_then_the_call_ends() throws Exception {
        FanOut.over(List.of(1)).concurrency(7).expand((number, more) -> visit(number, 5000, more));
        assertEquals(numbers(1, 5000), seen);
        assertEquals(0, running.get());
        assertTrue(most.get() <= 7, () -> most + " at once");
    }

    @Test
    void nothing_is_done_without_seeds() throws Exception {
        FanOut.over(List.<Integer>of()).expand((number, more) -> visit(number, 10, more));
        assertEquals(Set.of(), seen);
    }

    @Test
    void a_chain_of_single_items_is_followed_to_its_end() throws Exception {
        FanOut.over(List.of(1)).concurrency(4).expand((number, more) -> {
            seen.add(number);
            if (number < 2000) {
                more.accept(number + 1);
            }
        });
        assertEquals(numbers(1, 2001), seen);
    }

    @Test
    void added_items_begin_in_their_order_and_before_the_rest_of_the_seeds() throws Exception {
        List<String> order = new ArrayList<>();
        FanOut.over(List.of("a", "b")).concurrency(1).expand((item, more) -> {
            order.add(item);
            if (item.equals("a")) {
                more.accept("a1");
                more.accept("a2");
            }
        });
        assertEquals(List.of("a", "a1", "a2", "b"), order);
    }

    @Test
    void seeds_are_read_when_nothing_that_was_added_waits() throws Exception {
        AtomicInteger read = new AtomicInteger();
        Stream<Integer> seeds = Stream.iterate(0, i -> i + 1).peek(i -> read.incrementAndGet());
        int taken = FanOut.over(seeds)
                .concurrency(2)
                .buffer(0)
                .<Integer, Integer, RuntimeException, RuntimeException>expand(
                        (item, more) -> {
                            if (item >= 0) {
                                more.accept(-1);
                            }
                            return item;
                        },
                        results -> (int) results.limit(10).count());
        assertEquals(10, taken);
        assertTrue(read.get() <= 10, () -> read + " seeds were read"); // half of the items are added ones
    }

    @Test
    void null_is_an_item_like_another() throws Exception {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        FanOut.over(Arrays.asList("seed", null)).concurrency(1).expand((item, more) -> {
            order.add(String.valueOf(item));
            if (item != null) {
                more.accept(null);
            }
        });
        assertEquals(List.of("seed", "null", "null"), order);
    }

    @Test
    void an_idle_worker_waits_for_what_a_slow_item_adds() throws Exception {
        CountDownLatch added = new CountDownLatch(3);
        FanOut.over(List.of(0)).concurrency(3).expand((item, more) -> {
            if (item == 0) {
                for (int i = 1; i <= 3; i++) {
                    more.accept(i);
                }
                added.await(); // so the others are done meanwhile, by other workers
                more.accept(4);
            } else {
                added.countDown();
            }
            seen.add(item);
        });
        assertEquals(numbers(0, 5), seen);
    }

    @Test
    void another_thread_may_add_for_an_item_but_not_when_its_task_has_ended() throws Exception {
        AtomicReference<Consumer<? super Integer>> kept = new AtomicReference<>();
        FanOut.over(List.of(1)).expand((item, more) -> {
            if (item == 1) {
                kept.set(more);
                Thread helper = Thread.ofVirtual().start(() -> more.accept(2));
                helper.join();
            }
            seen.add(item);
        });
        assertEquals(Set.of(1, 2), seen);
        assertThrows(IllegalStateException.class, () -> kept.get().accept(3));
    }

    @Test
    void the_first_failure_cancels_the_rest() {
        IOException failure = new IOException("broken link");
        AtomicInteger interrupted = new AtomicInteger();
        IOException thrown = assertThrows(
                IOException.class,
                () -> FanOut.over(List.of(1)).concurrency(4).expand((item, more) -> {
                    if (item == 1) {
                        more.accept(2);
                        more.accept(3);
                        more.accept(4);
                        Eventually.await().until(() -> running.get() == 3);
                        throw failure;
                    }
                    running.incrementAndGet();
                    try {
                        NEVER.await();
                    } catch (InterruptedException stopped) {
                        interrupted.incrementAndGet();
                        throw stopped;
                    }
                }));
        assertEquals(failure, thrown);
        assertEquals(3, interrupted.get());
    }

    @Test
    void idle_workers_end_at_the_deadline() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<Void> call = new FutureTask<>(() -> {
            FanOut.over(List.of(1))
                    .concurrency(4)
                    .deadline(Deadline.after(Duration.ofSeconds(1), time))
                    .expand((item, more) -> {
                        if (item == 1) {
                            more.accept(2);
                        } else {
                            running.incrementAndGet();
                            NEVER.await();
                        }
                    });
            return null;
        });
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> running.get() == 1);
        time.advance(Duration.ofSeconds(1));
        Throwable thrown = assertThrows(java.util.concurrent.ExecutionException.class, call::get)
                .getCause();
        assertInstanceOf(CancellationException.class, thrown);
        assertInstanceOf(TimeoutException.class, thrown.getCause());
    }

    @Test
    void an_interrupt_of_the_caller_ends_an_endless_expansion() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                FanOut.over(List.of(1)).expand((item, more) -> {
                    running.incrementAndGet();
                    more.accept(item + 1);
                });
            } catch (Throwable end) {
                thrown.set(end);
            }
        });
        Eventually.await().until(() -> running.get() > 100);
        caller.interrupt();
        caller.join();
        assertInstanceOf(InterruptedException.class, thrown.get());
    }

    @Test
    void results_are_taken_while_items_are_added() throws Exception {
        Set<Integer> taken = FanOut.over(List.of(1))
                .concurrency(5)
                .<Integer, Set<Integer>, RuntimeException, RuntimeException>expand(
                        (number, more) -> {
                            visit(number, 1000, more);
                            return -number;
                        },
                        results -> {
                            Set<Integer> all = new HashSet<>();
                            results.forEach(result -> assertTrue(all.add(result)));
                            return all;
                        });
        assertEquals(numbers(-999, 0), taken);
    }

    @Test
    void a_slow_taker_bounds_an_endless_expansion() throws Exception {
        AtomicInteger begun = new AtomicInteger();
        List<Integer> first = FanOut.over(List.of(0))
                .concurrency(2)
                .buffer(3)
                .<Integer, List<Integer>, RuntimeException, RuntimeException>expand(
                        (item, more) -> {
                            begun.incrementAndGet();
                            more.accept(item + 1);
                            return item;
                        },
                        results -> {
                            List<Integer> some = results.limit(5).toList();
                            assertTrue(begun.get() <= 5 + 5, () -> begun + " were begun");
                            return some;
                        });
        // As completed: an item adds the next before it ends, and so may come after it.
        assertEquals(5, Set.copyOf(first).size());
        assertTrue(first.stream().allMatch(number -> number >= 0 && number < begun.get()), first::toString);
    }

    @Test
    void one_thread_of_an_executor_is_enough() throws Exception {
        FanOut.over(List.of(1)).concurrency(8).on(Runnable::run).expand((number, more) -> visit(number, 200, more));
        assertEquals(numbers(1, 200), seen);
        seen.clear();
        try (WorkerPool pool = WorkerPool.builder("one").maxWorkers(1).build()) {
            FanOut.over(List.of(1)).concurrency(8).on(pool).expand((number, more) -> visit(number, 200, more));
        }
        assertEquals(numbers(1, 200), seen);
    }

    @Test
    void a_directory_is_walked(@TempDir Path root) throws Exception {
        Set<Path> files = new HashSet<>();
        for (int i = 0; i < 30; i++) {
            Path directory = Files.createDirectories(root.resolve("a" + i % 3).resolve("b" + i % 5));
            files.add(Files.createFile(directory.resolve("file" + i)));
        }
        Set<Path> found = ConcurrentHashMap.newKeySet();
        FanOutSnippets.expand(root, found);
        assertEquals(files, found);
    }

    @Test
    void random_trees_are_done_completely() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int end = 1 + random.nextInt(300);
            int concurrency = 1 + random.nextInt(9);
            boolean threadPerItem = random.nextInt(4) == 0;
            seen.clear();
            most.set(0);
            FanOut<Integer> fanOut = FanOut.over(List.of(1)).concurrency(concurrency);
            (threadPerItem ? fanOut.threadPerItem() : fanOut).expand((number, more) -> visit(number, end, more));
            assertEquals(numbers(1, Math.max(2, end)), seen, () -> "seed " + seed);
            assertTrue(most.get() <= concurrency, () -> "seed " + seed);
        }
    }

    @Test
    void a_failing_source_of_seeds_fails_the_call() {
        IllegalStateException broken = new IllegalStateException("broken source");
        Iterable<Integer> seeds = () -> {
            throw broken;
        };
        assertEquals(
                broken,
                assertThrows(
                        IllegalStateException.class, () -> FanOut.over(seeds).expand((item, more) -> {})));
        assertThrows(NullPointerException.class, () -> FanOut.over(List.of(1)).expand(null));
        assertFalse(seen.contains(1));
    }

    @Test
    void workers_of_a_pool_that_is_full_of_others_still_end_the_call() throws Exception {
        Semaphore go = new Semaphore(0);
        try (WorkerPool pool =
                WorkerPool.builder("busy").maxWorkers(2).queueCapacity(4).build()) {
            pool.execute(go::acquireUninterruptibly);
            FanOut.over(List.of(1)).concurrency(4).on(pool).expand((number, more) -> visit(number, 100, more));
            go.release();
        }
        assertEquals(numbers(1, 100), seen);
    }
}

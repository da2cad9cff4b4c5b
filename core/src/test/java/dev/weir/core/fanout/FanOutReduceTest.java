package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FanOutReduceTest {
    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @Test
    void reduce_adds_every_result_once() throws Exception {
        for (int concurrency : new int[] {1, 2, 50}) {
            long sum = FanOut.over(numbers(100_000)).concurrency(concurrency).reduce(0L, i -> (long) i, Long::sum);
            assertEquals(100_000L * 99_999 / 2, sum);
        }
        assertEquals(7, FanOut.over(List.<Integer>of()).reduce(7, i -> i, Integer::sum));
    }

    @Test
    void reduce_fails_with_the_function_and_with_the_operator() {
        IOException failure = new IOException();
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> FanOut.over(numbers(5))
                                .reduce(
                                        0,
                                        i -> {
                                            throw failure;
                                        },
                                        Integer::sum)));
        assertThrows(
                ArithmeticException.class,
                () -> FanOut.over(numbers(5)).reduce(0, i -> i, (a, b) -> {
                    throw new ArithmeticException();
                }));
    }

    @Test
    void an_ordered_collector_gets_the_results_in_order_in_the_callers_thread() throws Exception {
        Thread caller = Thread.currentThread();
        Collector<Integer, List<Integer>, List<Integer>> here = Collector.of(
                ArrayList::new,
                (list, i) -> {
                    assertSame(caller, Thread.currentThread());
                    list.add(i);
                },
                (a, b) -> {
                    throw new AssertionError("one container is enough");
                });
        assertEquals(numbers(1_000), FanOut.over(numbers(1_000)).collect(i -> i, here));
        assertEquals("0,1,2", FanOut.over(numbers(3)).collect(i -> Integer.toString(i), Collectors.joining(",")));
    }

    @Test
    void an_unordered_collector_has_a_container_for_each_worker_and_keeps_no_more() throws Exception {
        AtomicInteger containers = new AtomicInteger();
        Collector<Integer, ?, Set<Integer>> distinct = Collector.of(
                () -> {
                    containers.incrementAndGet();
                    return new TreeSet<>();
                },
                Set::add,
                (a, b) -> {
                    a.addAll(b);
                    return a;
                },
                Collector.Characteristics.UNORDERED);
        Set<Integer> result = FanOut.over(Stream.iterate(0, i -> i + 1).limit(10_000))
                .concurrency(4)
                .collect(i -> i % 10, distinct);
        assertEquals(Set.copyOf(numbers(10)), result);
        assertEquals(true, containers.get() <= 1 + 4, containers + " containers");
    }

    @Test
    void a_grouping_collector_works() throws Exception {
        Map<Boolean, Long> counts = FanOut.over(numbers(101))
                .collect(i -> i, Collectors.partitioningBy(i -> i % 2 == 0, Collectors.counting()));
        assertEquals(Map.of(true, 51L, false, 50L), counts);
    }

    @Test
    void collect_fails_with_the_function_and_with_the_collector() {
        assertThrows(
                IOException.class,
                () -> FanOut.over(numbers(5))
                        .collect(
                                i -> {
                                    throw new IOException();
                                },
                                Collectors.toSet()));
        assertThrows(
                IllegalStateException.class,
                () -> FanOut.over(numbers(5))
                        .<Integer, Object, Object, RuntimeException>collect(
                                i -> i,
                                Collector.of(
                                        Object::new,
                                        (a, i) -> {
                                            throw new IllegalStateException();
                                        },
                                        (a, b) -> a,
                                        Collector.Characteristics.UNORDERED)));
    }

    @Test
    void chunks_have_all_items_in_order() throws Exception {
        List<List<Integer>> expected = List.of(List.of(0, 1, 2), List.of(3, 4, 5), List.of(6));
        assertEquals(expected, FanOut.over(numbers(7)).chunked(3).map(chunk -> chunk));
        assertEquals(expected, FanOut.over(numbers(7).iterator()).chunked(3).map(chunk -> chunk));
        assertEquals(List.of(), FanOut.over(numbers(0)).chunked(3).map(chunk -> chunk));
        assertEquals(
                "size must be at least 1, but is 0",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> FanOut.over(numbers(1)).chunked(0))
                        .getMessage());
    }

    @Test
    void a_range_is_cut_without_gaps() throws Exception {
        assertEquals(
                List.of(new LongRange(5, 8), new LongRange(8, 11), new LongRange(11, 12)),
                FanOut.overRange(5, 12).chunked(3).map(range -> range));
        assertEquals(List.of(), FanOut.overRange(5, 5).chunked(3).map(range -> range));
        assertEquals(
                List.of(new LongRange(Long.MAX_VALUE - 2, Long.MAX_VALUE)),
                FanOut.overRange(Long.MAX_VALUE - 2, Long.MAX_VALUE)
                        .chunked(Long.MAX_VALUE)
                        .map(range -> range));
        long sum = FanOut.overRange(0, 1_000_000)
                .chunked(1_000)
                .reduce(0L, range -> range.stream().sum(), Long::sum);
        assertEquals(1_000_000L * 999_999 / 2, sum);
    }

    @Test
    void a_range_that_makes_no_sense_is_refused() {
        assertEquals(
                "to must be at least from, 3, but is 2",
                assertThrows(IllegalArgumentException.class, () -> FanOut.overRange(3, 2))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> FanOut.overRange(Long.MIN_VALUE, Long.MAX_VALUE));
        assertEquals(
                "size must be large enough for 2147483647 ranges, but is 1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> FanOut.overRange(0, Long.MAX_VALUE).chunked(1))
                        .getMessage());
    }
}

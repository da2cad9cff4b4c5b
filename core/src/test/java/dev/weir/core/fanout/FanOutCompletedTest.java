package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** Results as they are completed, in a loop or with failures as values; and what is carried to the items. */
@Timeout(60)
class FanOutCompletedTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);
    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();
    private static final ThreadLocal<String> TRACE = new ThreadLocal<>();

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @Test
    void each_result_is_consumed_once_in_the_calling_thread() throws Exception {
        List<Integer> got = new ArrayList<>();
        Thread caller = Thread.currentThread();
        FanOut.over(numbers(1000)).concurrency(4).forEachCompleted(i -> i * 2, result -> {
            assertSame(caller, Thread.currentThread());
            got.add(result);
        });
        assertEquals(
                numbers(1000).stream().map(i -> i * 2).toList(),
                got.stream().sorted().toList());
    }

    @Test
    void a_result_is_consumed_while_others_run() throws Exception {
        CountDownLatch consumed = new CountDownLatch(1);
        FanOut.over(List.of("slow", "quick"))
                .forEachCompleted(
                        item -> {
                            if (item.equals("slow")) {
                                consumed.await();
                            }
                            return item;
                        },
                        result -> consumed.countDown());
        assertEquals(0, consumed.getCount());
    }

    @Test
    void a_failure_of_an_item_ends_the_loop_and_so_does_one_of_the_consumer() {
        IOException failure = new IOException("no answer");
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> FanOut.over(numbers(3))
                                .forEachCompleted(
                                        i -> {
                                            if (i == 1) {
                                                throw failure;
                                            }
                                            return i;
                                        },
                                        result -> {})));
        TimeoutException full = new TimeoutException("the consumer is full");
        assertSame(
                full,
                assertThrows(
                        TimeoutException.class,
                        () -> FanOut.over(Stream.iterate(0, i -> i + 1)).forEachCompleted(i -> i, result -> {
                            throw full;
                        })));
        assertThrows(NullPointerException.class, () -> FanOut.over(numbers(3)).forEachCompleted(i -> i, null));
    }

    @Test
    void failures_and_late_items_are_elements_of_a_stream_of_outcomes() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch endlessBegun = new CountDownLatch(1);
        Set<String> kinds = FanOut.over(List.of("fine", "broken", "endless", "error"))
                .concurrency(4)
                .timeSource(time)
                .timeoutEach(Duration.ofSeconds(1))
                .<String, Set<String>, RuntimeException>streamOutcomes(
                        item -> switch (item) {
                            case "broken" -> throw new IOException("no answer");
                            case "error" -> throw new StackOverflowError();
                            case "endless" -> {
                                endlessBegun.countDown();
                                NEVER.await();
                                yield item;
                            }
                            default -> item;
                        },
                        outcomes -> {
                            Set<String> found = ConcurrentHashMap.newKeySet();
                            outcomes.forEach(outcome -> {
                                found.add(outcome.getClass().getSimpleName()
                                        + (outcome instanceof Outcome.Failure<String>(Throwable cause)
                                                ? " " + cause.getClass().getSimpleName()
                                                : ""));
                                if (found.size() == 3) {
                                    Call.until(() -> endlessBegun.getCount() == 0);
                                    time.advance(Duration.ofSeconds(1)); // the endless one is late now
                                }
                            });
                            return found;
                        });
        assertEquals(Set.of("Success", "Failure IOException", "Failure StackOverflowError", "Cancelled"), kinds);
    }

    @Test
    void a_stream_of_outcomes_to_be_closed_has_each_item_once() {
        try (Stream<Outcome<Integer>> outcomes = FanOut.over(numbers(100)).streamOutcomes(i -> {
            if (i % 10 == 0) {
                throw new IOException("no answer");
            }
            return i;
        })) {
            assertEquals(
                    List.of(10L, 90L),
                    outcomes
                            .collect(Collectors.partitioningBy(Outcome::isSuccess, Collectors.counting()))
                            .entrySet()
                            .stream()
                            .sorted(java.util.Map.Entry.comparingByKey())
                            .map(java.util.Map.Entry::getValue)
                            .toList());
        }
    }

    @Test
    void a_stream_of_outcomes_ends_at_the_deadline() {
        ManualTimeSource time = new ManualTimeSource();
        CancellationException late = assertThrows(
                CancellationException.class,
                () -> FanOut.over(List.of(1, 2))
                        .deadline(Deadline.after(Duration.ofSeconds(1), time))
                        .<Integer, Long, RuntimeException>streamOutcomes(
                                i -> {
                                    if (i == 2) {
                                        NEVER.await();
                                    }
                                    return i;
                                },
                                outcomes -> outcomes.peek(first -> time.advance(Duration.ofSeconds(1)))
                                        .filter(outcome -> !outcome.isSuccess())
                                        .count()));
        assertInstanceOf(TimeoutException.class, late.getCause());
    }

    /** Public reports: micrometer-metrics/context-propagation#108, #419. */
    @Test
    void what_is_carried_is_there_in_each_item_and_not_what_another_item_left() throws Exception {
        TENANT.set("t1");
        TRACE.set("trace 1");
        MDC.put("user", "alice");
        try {
            List<String> seen = FanOut.over(numbers(50))
                    .concurrency(3)
                    .context(ContextCarrier.mdc(), ContextCarrier.of(TENANT), ContextCarrier.of(TRACE))
                    .map(i -> {
                        String found = TENANT.get() + " " + TRACE.get() + " " + MDC.get("user");
                        TENANT.set("left by " + i);
                        MDC.put("user", "left by " + i);
                        return found;
                    });
            assertEquals(Set.of("t1 trace 1 alice"), Set.copyOf(seen));
            assertEquals("t1", TENANT.get());
            assertEquals(
                    List.of("null t1"),
                    FanOut.over(List.of(1))
                            .context(ContextCarrier.of(TENANT))
                            .map(i -> MDC.get("user") + " " + TENANT.get()));
        } finally {
            TENANT.remove();
            TRACE.remove();
            MDC.clear();
        }
        FanOut<Integer> fanOut = FanOut.over(List.of(1));
        assertTrue(assertThrows(NullPointerException.class, () -> fanOut.context((ContextCarrier) null))
                .getMessage()
                .contains("carrier"));
    }
}

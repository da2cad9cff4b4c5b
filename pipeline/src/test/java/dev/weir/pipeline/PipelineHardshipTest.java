package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingFunction;
import dev.weir.testkit.Call;
import dev.weir.testkit.Heap;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

/** What holds though the user's code, the logger or the memory make it hard. */
@Timeout(240)
class PipelineHardshipTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** As logged, it makes the logger throw, too. (qos-ch/logback#830) */
    private static final class Nasty extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalArgumentException("getMessage");
        }

        @Override
        public String toString() {
            throw new IllegalArgumentException("toString");
        }
    }

    @Test
    void a_listener_whose_failure_cannot_be_logged_does_not_keep_the_pipeline_from_its_end() throws Exception {
        RunningPipeline running = Pipeline.from(numbers(9))
                .to("sink", i -> Thread.sleep(2))
                .onProgress(Duration.ofMillis(1), stages -> {
                    throw new Nasty();
                })
                .start();
        running.awaitCompletion();
        assertBalanced(running, "");
    }

    @Test
    void failures_that_cannot_be_logged_do_not_keep_the_pipeline_from_its_end() {
        RunningPipeline running = Pipeline.from(numbers(100))
                .mapParallel("work", 20, i -> {
                    throw new Nasty();
                })
                .to("sink", i -> {})
                .start();
        assertInstanceOf(
                Nasty.class,
                assertThrows(PipelineException.class, running::awaitCompletion).getCause());
    }

    /**
     * The function uses all memory for a while, so that nothing can be allocated. (odpi/egeria#5407) As a rule the
     * pipeline fails within a second; but a virtual thread that the JDK could not continue for want of memory may stay
     * where it is (seen on 25.0.3), and then the end waits for it.
     */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseG1GC"})
    void a_pipeline_whose_function_runs_out_of_memory_never_ends_normally(String collector) throws Exception {
        String output = Heap.run(OutOfMemoryProgram.class, collector);
        assertTrue(output.contains("ends: ["), output);
        assertFalse(output.contains("completed"), output);
    }

    // ---- what stays

    @ParameterizedTest
    @CsvSource({
        "map,true", "ordered,true", "keyed,true", "batch,true", "window,true", "acknowledging,true",
        "map,false", "ordered,false", "keyed,false", "batch,false", "window,false", "acknowledging,false"
    })
    void a_pipeline_that_is_over_keeps_no_element_but_those_that_its_failure_names(String stage, boolean fails)
            throws Exception {
        List<WeakReference<Object>> elements = Collections.synchronizedList(new ArrayList<>());
        RunningPipeline running = over(stage, fails, elements);
        int named = 0;
        try {
            running.awaitCompletion();
        } catch (PipelineException failure) {
            named = 1 + failure.getSuppressed().length;
        } catch (CancellationException aborted) {
            // names none
        }
        int most = named;
        Call.until(() -> {
            System.gc();
            return elements.stream().filter(element -> !element.refersTo(null)).count() <= most;
        });
        assertTrue(running.metrics().getFirst().in() > 0);
    }

    private static RunningPipeline over(String stage, boolean fails, List<WeakReference<Object>> elements)
            throws InterruptedException {
        CountDownLatch working = new CountDownLatch(3);
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        Iterable<Object> source = () -> IntStream.range(0, 60)
                .mapToObj(i -> {
                    Object element = new byte[10];
                    elements.add(new WeakReference<>(element));
                    return element;
                })
                .iterator();
        ThrowingFunction<Object, Object, Exception> work = element -> {
            int call = calls.incrementAndGet();
            if (call % 3 == 1 || call > 30) {
                working.countDown();
                if (fails) {
                    working.await();
                    throw new IOException("expected");
                }
                never.await();
            }
            return element;
        };
        Pipeline<Object> begun = Pipeline.from(source);
        Pipeline<?> whole = switch (stage) {
            case "ordered" -> begun.mapParallelOrdered("work", 4, work);
            case "keyed" -> begun.mapParallelByKey("work", 4, e -> System.identityHashCode(e) % 50, work);
            case "batch" -> begun.mapParallel("work", 4, work).batch(50, Duration.ofDays(1));
            case "window" -> begun.mapParallel("work", 4, work).window(Duration.ofDays(1));
            case "acknowledging" -> begun.acknowledging(e -> {}).mapParallel("work", 4, work);
            default -> begun.mapParallel("work", 4, work);
        };
        RunningPipeline running = whole.to("sink", element -> {}).start();
        if (!fails) {
            working.await();
            Flows.abort(running);
        }
        return running;
    }

    // ---- what the user does with what he gets

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void lists_are_unmodifiable_and_counted_before_they_are_handed_over(boolean window, boolean acknowledging)
            throws Exception {
        Pipeline<Integer> source = Pipeline.from(numbers(1_000));
        Pipeline<Integer> begun = acknowledging ? source.acknowledging(i -> {}) : source;
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger lists = new AtomicInteger();
        RunningPipeline running = (window ? begun.window(Duration.ofMillis(1)) : begun.batch(7, SECOND))
                .to("sink", list -> {
                    lists.incrementAndGet();
                    try {
                        list.clear();
                    } catch (UnsupportedOperationException expected) {
                        refused.incrementAndGet();
                    }
                })
                .start();
        running.awaitCompletion();
        assertEquals(lists.get(), refused.get());
        assertEquals(1_000, running.metrics().get(1).out());
        assertBalanced(running, "");
    }

    @Test
    void a_buffer_that_cannot_be_allocated_is_refused_when_it_is_given() {
        Pipeline<Integer> pipeline = Pipeline.from(numbers(1)).map("work", i -> i);
        for (int capacity : new int[] {(1 << 30) + 1, Integer.MAX_VALUE}) {
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> pipeline.buffer(capacity));
            assertTrue(refused.getMessage().endsWith("but is " + capacity), refused.getMessage());
        }
    }

    @Test
    void settings_that_cannot_take_effect_are_refused() {
        for (Pipeline<?> pipeline : List.of(
                Pipeline.from(numbers(1)).batch(1, SECOND),
                Pipeline.from(numbers(1)).window(SECOND))) {
            assertThrows(IllegalStateException.class, () -> pipeline.onError(ErrorPolicy.skip()));
            assertThrows(IllegalStateException.class, () -> pipeline.timeout(SECOND));
        }
    }

    // ---- keys

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void an_element_whose_key_has_no_hash_code_goes_the_way_of_the_policy(boolean skips) throws Exception {
        record Key(int number) {
            @Override
            public int hashCode() {
                if (number == 3) {
                    throw new IllegalStateException("expected");
                }
                return number;
            }
        }
        List<Integer> out = new CopyOnWriteArrayList<>();
        RunningPipeline running = Pipeline.from(numbers(10))
                .mapParallelByKey("keyed", 3, Key::new, i -> i)
                .onError(skips ? ErrorPolicy.skip() : ErrorPolicy.failFast())
                .to("sink", out::add)
                .start();
        if (skips) {
            running.awaitCompletion();
            assertEquals(9, out.size());
            assertEquals(1, running.metrics().get(1).skipped());
        } else {
            assertEquals(
                    3,
                    assertThrows(PipelineException.class, running::awaitCompletion)
                            .element());
        }
        assertBalanced(running, "");
    }

    @Test
    void a_key_that_changes_while_its_element_is_worked_on_is_named_as_the_cause() {
        RunningPipeline running = Pipeline.from(IntStream.range(0, 20)
                        .mapToObj(i -> new ArrayList<>(List.of(i % 3)))
                        .toList())
                .mapParallelByKey("keyed", 3, list -> list, list -> {
                    list.add(7);
                    return list;
                })
                .to("sink", list -> {})
                .start();
        Throwable cause =
                assertThrows(PipelineException.class, running::awaitCompletion).getCause();
        assertTrue(cause.getMessage().contains("the key of an element of stage keyed has changed"), cause.toString());
    }

    // ---- sources and results

    /** JDK-8196106: a stream that is pulled reads its whole inner stream ahead. */
    @Test
    void a_stream_with_a_large_inner_stream_is_read_no_further_than_the_buffers_reach() throws Exception {
        AtomicInteger made = new AtomicInteger();
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Stream<Integer> source = Stream.of("file")
                .flatMap(file -> Stream.generate(made::incrementAndGet).limit(1_000_000));
        RunningPipeline running = Pipeline.from(source)
                .to("sink", i -> {
                    stuck.countDown();
                    never.await();
                })
                .start();
        stuck.await();
        Call.until(() -> running.metrics().getFirst().in() >= 17); // a buffer and one in hand, or in each
        assertTrue(made.get() <= 19, "made " + made);
        Flows.abort(running);
    }

    @Test
    void a_stream_is_drained_and_closed() throws Exception {
        AtomicInteger read = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        RunningPipeline running = Pipeline.from(
                        Stream.generate(read::incrementAndGet).onClose(closed::incrementAndGet))
                .to("sink", i -> {})
                .start();
        Call.until(() -> read.get() > 100);
        assertTrue(running.drain(Deadline.never()));
        assertEquals(1, closed.get());
        assertEquals(read.get(), running.metrics().getFirst().in());
        assertBalanced(running, "");
    }

    @Test
    void what_a_stream_throws_fails_the_pipeline() {
        RunningPipeline running = Pipeline.from(Stream.of(1, 2, 3).map(i -> 6 / (i - 2)))
                .to("sink", i -> {})
                .start();
        PipelineException failure = assertThrows(PipelineException.class, running::awaitCompletion);
        assertEquals("source", failure.stage());
        assertInstanceOf(ArithmeticException.class, failure.getCause());
    }

    /** Each result counts its close; apache/druid#9761, pathikrit/better-files#40. */
    private static final class Closing implements Iterable<Integer>, AutoCloseable {
        private final AtomicInteger open;
        private final boolean fails;

        Closing(AtomicInteger open, boolean fails) {
            this.open = open;
            this.fails = fails;
            open.incrementAndGet();
        }

        @Override
        public Iterator<Integer> iterator() {
            return List.of(1, 2).iterator();
        }

        @Override
        public void close() throws IOException {
            open.decrementAndGet();
            if (fails) {
                throw new IOException("expected");
            }
        }
    }

    @Test
    void results_of_a_flat_map_that_can_be_closed_are_closed() throws Exception {
        AtomicInteger open = new AtomicInteger();
        AtomicInteger out = new AtomicInteger();
        RunningPipeline running = Pipeline.from(numbers(100))
                .flatMap("list", i -> new Closing(open, i == 7))
                .onError(ErrorPolicy.skip())
                .to("sink", i -> out.incrementAndGet())
                .start();
        running.awaitCompletion();
        assertEquals(0, open.get());
        assertEquals(200, out.get());
        assertEquals(1, running.metrics().get(1).skipped(), "a close that fails is a failure of its element");
    }

    @Test
    void the_stages_and_listeners_see_the_logging_context_of_the_thread_that_starts_them() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        MDC.put("request", "17");
        try {
            Pipeline.from(numbers(1))
                    .map("work", i -> String.valueOf(MDC.get("request")))
                    .to("sink", seen::add)
                    .onProgress(Duration.ofDays(1), stages -> seen.add(String.valueOf(MDC.get("request"))))
                    .start()
                    .awaitCompletion();
        } finally {
            MDC.clear();
        }
        assertEquals(List.of("17", "17"), seen);
    }
}

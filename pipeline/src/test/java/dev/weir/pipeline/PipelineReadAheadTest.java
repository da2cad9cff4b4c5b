package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.endless;
import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.ThrowingFunction;
import dev.weir.testkit.Eventually;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How far a source reads past the last element that is taken: as far as there is room, and one. */
@Timeout(60)
class PipelineReadAheadTest {
    private static final int TAKEN = 5;

    private final AtomicInteger read = new AtomicInteger();
    private final List<Object> out = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);

    private final AtomicInteger seen = new AtomicInteger();

    /** Is met by the first elements, and reports on the next one only when it is released. */
    private final ThrowingFunction<Integer, Boolean, InterruptedException> slow = i -> {
        if (seen.getAndIncrement() < TAKEN) {
            return true;
        }
        released.await();
        return false;
    };

    /** The element that ends it is in hand, and the source goes on until there is no room. */
    private void assertReads(int expected, Pipeline<Integer> pipeline) throws Exception {
        RunningPipeline running = pipeline.to("sink", out::add).start();
        Eventually.await().until(() -> read.get() == expected);
        released.countDown();
        running.awaitCompletion();
        assertEquals(expected, read.get(), "read while it ended");
        assertEquals(TAKEN, out.size());
        assertBalanced(running, "");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7}) // a source that waits for room in a larger one is woken when half of it is free
    void a_source_reads_a_buffer_and_one_element_past_the_one_that_ends_it(int buffer) throws Exception {
        assertReads(
                TAKEN + 1 + buffer + 1,
                Pipeline.from(endless(read)).takeWhile("small", slow).buffer(buffer));
    }

    @Test
    void a_stream_reads_no_further_than_another_source() throws Exception {
        assertReads(
                TAKEN + 1 + 3 + 1,
                Pipeline.from(Stream.generate(read::getAndIncrement))
                        .takeWhile("small", slow)
                        .buffer(3));
    }

    @Test
    void each_stage_before_it_adds_its_buffer_and_one_element_for_each_worker() throws Exception {
        assertReads(
                TAKEN + 1 + 3 + (2 + 4) + 1,
                Pipeline.from(endless(read))
                        .mapParallel("work", 2, i -> i)
                        .buffer(4)
                        .takeWhile("small", slow)
                        .buffer(3));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 8", "10, 1", "10, 8", "1000, 4", "50, 100"})
    void a_number_of_elements_is_read_past_by_no_more(int count, int buffer) throws Exception {
        RunningPipeline running = Pipeline.from(endless(read))
                .take(count)
                .buffer(buffer)
                .to("sink", out::add)
                .start();
        running.awaitCompletion();
        assertEquals(numbers(count), out);
        assertTrue(read.get() <= count + buffer + 1, read + " were read");
        assertBalanced(running, "");
    }
}

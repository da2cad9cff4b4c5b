package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Results that come just when the taker goes to sleep: earlier or later by some nanoseconds, item by item. */
@Timeout(60)
class StreamWakeupTest {
    private static final int ITEMS = 300_000;
    private static final int LONGEST_PAUSE = 300;

    @ParameterizedTest
    @CsvSource({"0, true", "1, true", "8, false"})
    void no_result_waits_for_a_taker_that_sleeps(int buffer, boolean ordered) throws Exception {
        var fanOut = FanOut.over(IntStream.range(0, ITEMS).boxed().toList())
                .concurrency(1)
                .buffer(buffer);
        long count = ordered
                ? fanOut.orderedStream(StreamWakeupTest::task, results -> results.count())
                : fanOut.stream(StreamWakeupTest::task, results -> results.count());
        assertEquals(ITEMS, count);
    }

    private static int task(int item) {
        for (int pause = item % LONGEST_PAUSE; pause > 0; pause--) {
            Thread.onSpinWait();
        }
        return item;
    }
}

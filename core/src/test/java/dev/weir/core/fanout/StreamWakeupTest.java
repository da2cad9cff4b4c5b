package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Results that come just when the taker goes to sleep: earlier or later by a nanosecond each. The tasks write to memory
 * that no cache holds, so that the processor still has those writes before it when the result is put, and is tempted to
 * look for a taker that sleeps before the result is there for a taker that looks.
 */
@Timeout(60)
class StreamWakeupTest {
    private static final long LASTS_NANOS = 1_000_000_000L * Integer.getInteger("race.seconds", 1);
    private static final int LONGEST_PAUSE = 1_000;
    private static final int SPINS = 5_000;

    private static final int WRITES = 32;
    private static final int STRIDE = 4_096 / Integer.BYTES + 16;

    private final int[] cold = new int[1 << 24];
    private int place;
    private volatile int taken;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void no_result_waits_for_a_taker_that_sleeps(boolean ordered) throws Exception {
        long end = System.nanoTime() + LASTS_NANOS;
        int[] read = {0};
        Stream<Integer> items = Stream.generate(() -> read[0]++).takeWhile(item -> System.nanoTime() - end < 0);
        FanOut<Integer> fanOut = FanOut.over(items).concurrency(1).buffer(2);
        // A virtual thread, as one that spins before it sleeps would hardly ever go to sleep just then.
        FutureTask<Integer> last = new FutureTask<>(
                () -> ordered ? fanOut.orderedStream(this::task, this::take) : fanOut.stream(this::task, this::take));
        Thread.startVirtualThread(last);
        int taken = last.get();
        assertEquals(read[0] - 1, taken);
    }

    private int take(Stream<Integer> results) {
        results.forEachOrdered(item -> {
            taken = item + 1;
            for (int pause = item % LONGEST_PAUSE; pause > 0 && taken > item; pause--) {}
        });
        return taken;
    }

    /** Ends about when the taker, which has the result of the item before, comes for this one. */
    private int task(int item) {
        for (int spins = 0; taken < item; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        for (int i = 0; i < WRITES; i++) {
            place = (place + STRIDE) & (cold.length - 1);
            cold[place] = item;
        }
        return item;
    }
}

package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NanosTest {
    @Test
    void remaining_countsFromTheStart_acrossTheWrap() {
        ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - 10);
        long start = time.nanoTime();
        time.advance(Duration.ofNanos(30));
        assertEquals(70, Nanos.remaining(time, start, 100));
        time.advance(Duration.ofNanos(70));
        assertEquals(0, Nanos.remaining(time, start, 100));
        time.advance(Duration.ofNanos(1));
        assertEquals(0, Nanos.remaining(time, start, 100));
        assertEquals(Nanos.UNLIMITED, Nanos.remaining(time, start, Nanos.UNLIMITED));
    }

    @Test
    void sums_saturate() {
        assertEquals(0, Nanos.saturatedSum(0, 0));
        assertEquals(Long.MAX_VALUE, Nanos.saturatedSum(Long.MAX_VALUE, 0));
        assertEquals(Long.MAX_VALUE - 1, Nanos.saturatedSum(Long.MAX_VALUE - 2, 1));
        assertEquals(Long.MAX_VALUE, Nanos.saturatedSum(Long.MAX_VALUE, 1));
        assertEquals(Long.MAX_VALUE, Nanos.saturatedSum(Long.MAX_VALUE, Long.MAX_VALUE));
    }
}

package dev.weir.core.internal.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Times;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HistogramTest {
    @Test
    void a_bucket_of_the_histogram_is_at_most_an_eighth_wider_than_what_is_in_it() {
        int last = -1;
        for (long nanos = 0; nanos < 1_000_000; nanos++) {
            int bucket = Histogram.bucket(nanos);
            assertTrue(bucket == last || bucket == last + 1);
            assertTrue(Histogram.upperBound(bucket) >= nanos);
            assertTrue(Histogram.upperBound(bucket) <= nanos + nanos / 8);
            last = bucket;
        }
        assertEquals(Long.MAX_VALUE, Histogram.upperBound(Histogram.bucket(Long.MAX_VALUE)));
    }

    @Test
    void the_total_is_exact_and_the_percentiles_are_rounded_up() {
        Histogram histogram = new Histogram();
        for (int i = 1; i <= 100; i++) {
            histogram.record(Duration.ofMillis(i * 100L).toNanos());
        }
        Times times = histogram.snapshot();
        assertEquals(100, times.samples());
        assertEquals(Duration.ofMillis(505_000), times.total());
        assertWithinAnEighth(Duration.ofMillis(5_000), times.p50());
        assertWithinAnEighth(Duration.ofMillis(9_000), times.p90());
        assertWithinAnEighth(Duration.ofMillis(9_900), times.p99());
        assertWithinAnEighth(Duration.ofMillis(10_000), times.max());
    }

    private static void assertWithinAnEighth(Duration exact, Duration rounded) {
        assertTrue(rounded.compareTo(exact) >= 0, () -> rounded + " is less than " + exact);
        assertTrue(rounded.compareTo(exact.multipliedBy(9).dividedBy(8)) <= 0, () -> rounded + " for " + exact);
    }

    @Test
    void the_total_does_not_overflow() {
        Histogram histogram = new Histogram();
        histogram.record(Long.MAX_VALUE);
        histogram.record(Long.MAX_VALUE);
        histogram.record(-1);
        assertEquals(
                Duration.ofNanos(Long.MAX_VALUE).multipliedBy(2),
                histogram.snapshot().total());
        assertEquals(3, histogram.snapshot().samples());
    }

    @Test
    void without_a_duration_there_is_nothing() {
        assertSame(Times.NONE, new Histogram().snapshot());
        assertThrows(NullPointerException.class, () -> new Times(0, null, null, null, null, null));
    }
}

package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateTest {
    private static String refused(Runnable rate) {
        return assertThrows(IllegalArgumentException.class, rate::run).getMessage();
    }

    @Test
    void burst_is_a_periods_worth_unless_it_is_given() {
        assertEquals(new Rate(5, Duration.ofSeconds(1), 5), Rate.perSecond(5));
        assertEquals(new Rate(5, Duration.ofMinutes(1), 5), Rate.perMinute(5));
        assertEquals(new Rate(5, Duration.ofHours(1), 5), Rate.perHour(5));
        assertEquals(new Rate(5, Duration.ofDays(1), 5), Rate.perDay(5));
        assertEquals(
                new Rate(5, Duration.ofDays(365), 1),
                Rate.of(5, Duration.ofDays(365)).withBurst(1));
    }

    @Test
    void bad_numbers_are_named_with_their_value() {
        assertEquals("permits must be at least 1, but is 0", refused(() -> Rate.perSecond(0)));
        assertEquals(
                "burst must be at least 1, but is -1",
                refused(() -> Rate.perSecond(1).withBurst(-1)));
        assertEquals("period must be positive, but is PT0S", refused(() -> Rate.of(1, Duration.ZERO)));
        assertTrue(refused(() -> Rate.perSecond(Long.MAX_VALUE)).startsWith("permits must be at most 2^60"));
        assertTrue(refused(() -> Rate.perSecond(1).withBurst(Long.MAX_VALUE)).startsWith("burst must be at most 2^60"));
        assertTrue(refused(() -> Rate.of(1, Duration.ofSeconds(Long.MAX_VALUE))).startsWith("period must be at most"));
        assertEquals(
                "permits must be at most 1000 per ns, but is 2000 per PT0.000000001S",
                refused(() -> Rate.of(2_000, Duration.ofNanos(1))));
        assertThrows(NullPointerException.class, () -> Rate.of(1, null));
    }

    @Test
    void the_largest_numbers_are_accepted_and_no_larger_ones() {
        long most = 1L << 60;
        Rate rate = new Rate(most, Duration.ofNanos(most), most);
        assertEquals(most, rate.permits());
        assertEquals(1_000, new Rate(1_000, Duration.ofNanos(1), 1).permits());
        assertEquals("burst must be at most 2^60, but is " + (most + 1), refused(() -> rate.withBurst(most + 1)));
        refused(() -> Rate.of(most + 1, Duration.ofNanos(most)));
        refused(() -> Rate.of(1, Duration.ofNanos(most + 1)));
    }

    @Test
    void the_permits_of_a_time_are_rounded_up() {
        Rate seven = Rate.of(7, Duration.ofMillis(11));
        assertEquals(0, seven.permitsIn(Duration.ZERO));
        assertEquals(1, seven.permitsIn(Duration.ofNanos(1)));
        assertEquals(7, seven.permitsIn(Duration.ofMillis(11)));
        assertEquals(8, seven.permitsIn(Duration.ofMillis(11).plusNanos(1)));
        assertEquals(Long.MAX_VALUE, Rate.of(1_000, Duration.ofNanos(1)).permitsIn(Duration.ofDays(36_500)));
        assertEquals(
                "time must not be negative, but is PT-0.000000001S",
                refused(() -> seven.permitsIn(Duration.ofNanos(-1))));
    }
}

package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class WallPeriodsTest {
    private static final long HOUR = Duration.ofHours(1).toNanos();

    private Instant now = Instant.parse("2026-03-01T10:20:00Z");

    private final Clock wall = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    private final WallPeriods periods = new WallPeriods(wall, HOUR, 100);

    private void passes(Duration time) {
        now = now.plus(time);
    }

    @Test
    void each_end_of_a_period_is_one_period_on_its_axis() {
        assertEquals(100, periods.startNanos());
        passes(Duration.ofMinutes(40).minusNanos(1));
        assertEquals(100, periods.startNanos());
        passes(Duration.ofNanos(1));
        assertEquals(100 + HOUR, periods.startNanos());
        passes(Duration.ofHours(3));
        assertEquals(100 + 4 * HOUR, periods.startNanos());
    }

    @Test
    void a_clock_that_goes_back_gives_nothing_and_counts_from_where_it_is() {
        passes(Duration.ofHours(-5));
        assertEquals(100, periods.startNanos());
        passes(Duration.ofHours(1));
        assertEquals(100 + HOUR, periods.startNanos());
    }

    @Test
    void a_clock_that_is_set_back_across_one_end_is_waited_for() {
        passes(Duration.ofMinutes(40));
        assertEquals(100 + HOUR, periods.startNanos());
        passes(Duration.ofMinutes(-1));
        assertEquals(100 + HOUR, periods.startNanos());
        passes(Duration.ofMinutes(1));
        assertEquals(100 + HOUR, periods.startNanos());
        passes(Duration.ofHours(1));
        assertEquals(100 + 2 * HOUR, periods.startNanos());
    }

    @Test
    void the_time_until_an_end_counts_the_present_period() {
        assertEquals(Duration.ofMinutes(40).toNanos(), periods.nanosUntilEnd(1));
        assertEquals(Duration.ofMinutes(100).toNanos(), periods.nanosUntilEnd(2));
        passes(Duration.ofMinutes(40));
        assertEquals(HOUR, periods.nanosUntilEnd(1));
    }

    @Test
    void an_end_beyond_the_clock_never_comes() {
        long most = Long.MAX_VALUE / HOUR;
        assertEquals((most - 1) * HOUR + Duration.ofMinutes(40).toNanos(), periods.nanosUntilEnd(most));
        assertEquals(Long.MAX_VALUE, periods.nanosUntilEnd(most + 2));
        assertEquals(Long.MAX_VALUE, periods.nanosUntilEnd(7 * most)); // whose product wraps to a positive number
        assertEquals(Long.MAX_VALUE, periods.nanosUntilEnd(Long.MAX_VALUE));
    }
}

package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
    /** Eight seconds before the example date of RFC 9110. */
    private static final Clock WALL = Clock.fixed(Instant.parse("1994-11-06T08:49:29Z"), ZoneOffset.ofHours(5));

    @ParameterizedTest
    @CsvSource({"0, PT0S", "120, PT2M", "007, PT7S", "' 30 ', PT30S", "31536000, P365D"})
    void seconds(String value, Duration delay) {
        assertEquals(delay, RetryAfter.parse(value, WALL));
        assertEquals(delay, RetryAfter.parse(value));
    }

    @Test
    void seconds_beyond_all_bounds_are_the_longest_duration() {
        assertEquals(Duration.ofSeconds(Long.MAX_VALUE), RetryAfter.parse("" + Long.MAX_VALUE, WALL));
        Duration longest = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
        assertEquals(longest, RetryAfter.parse("9223372036854775808", WALL));
        assertEquals(longest, RetryAfter.parse("9".repeat(10_000), WALL));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sun, 06 Nov 1994 08:49:37 GMT",
                "Sunday, 06-Nov-94 08:49:37 GMT",
                "Sun Nov  6 08:49:37 1994",
                " Sun, 06 Nov 1994 08:49:37 GMT "
            })
    void each_form_of_a_date(String value) {
        assertEquals(Duration.ofSeconds(8), RetryAfter.parse(value, WALL));
    }

    @ParameterizedTest
    @CsvSource({
        "'Sun, 06 Nov 1994 08:49:29 GMT', PT0S",
        "'Sun, 06 Nov 1994 08:49:28 GMT', PT0S",
        "'Thu, 01 Jan 1970 00:00:00 GMT', PT0S",
        "'Sun, 06 Nov 1994 08:49:60 GMT', PT31S",
        "'Mon, 07 Nov 1994 08:49:29 GMT', PT24H",
        "'Wed Nov 16 08:49:29 1994', PT240H",
    })
    void a_date_that_is_over_and_one_of_a_leap_second(String value, Duration delay) {
        assertEquals(delay, RetryAfter.parse(value, WALL));
    }

    @Test
    void a_year_of_two_digits_is_at_most_fifty_years_ahead() {
        Clock now = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
        assertEquals(
                Duration.between(now.instant(), Instant.parse("2076-01-01T00:00:00Z")),
                RetryAfter.parse("Wednesday, 01-Jan-76 00:00:00 GMT", now));
        assertEquals(Duration.ZERO, RetryAfter.parse("Saturday, 01-Jan-77 00:00:00 GMT", now));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                " ",
                "-1",
                "+5",
                "1.5",
                "1e3",
                "soon",
                "٣",
                "30s",
                "10, 20",
                "Mon, 06 Nov 1994 08:49:37 GMT",
                "Sun, 31 Feb 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 24:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37 CET",
                "1994-11-06T08:49:37Z"
            })
    void what_cannot_be_read_is_none(String value) {
        assertNull(RetryAfter.parse(value, WALL));
    }

    @Test
    void a_clock_must_be_given() {
        assertEquals(
                "wall",
                assertThrows(NullPointerException.class, () -> RetryAfter.parse("1", null))
                        .getMessage());
    }
}

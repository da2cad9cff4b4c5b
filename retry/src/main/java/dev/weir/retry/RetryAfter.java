package dev.weir.retry;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the value of an HTTP {@code Retry-After} header (RFC 9110, 10.2.3), for {@link RetryPolicyBuilder#delayFrom}
 * and {@link RetryPolicyBuilder#delayFromResult}.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="results"}
 *
 * <p><b>Thread-safety.</b> Immutable: pure functions. Nothing blocks.
 */
public final class RetryAfter {
    private static final DateTimeFormatter IMF_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);
    private static final DateTimeFormatter ASCTIME_DATE = new DateTimeFormatterBuilder()
            .appendPattern("EEE MMM ")
            .padNext(2)
            .appendValue(ChronoField.DAY_OF_MONTH)
            .appendPattern(" HH:mm:ss yyyy")
            .toFormatter(Locale.ENGLISH);

    /** A year of two digits that is more than 50 years ahead is one of the past. */
    private static final int YEARS_BACK = 49;

    private static final String LEAP_SECOND = ":60";

    private RetryAfter() {}

    /**
     * Reads a delay, by the system's wall clock; see {@link #parse(String, Clock)}.
     *
     * @param value the value of the header, null if there is none
     * @return the delay, zero or more, or null if there is none that can be read
     */
    public static @Nullable Duration parse(@Nullable String value) {
        return parse(value, Clock.systemUTC());
    }

    /**
     * Reads a delay: a number of seconds, or an HTTP date in each of the three forms of RFC 9110. A date that is over
     * is a delay of zero, and a number of seconds beyond all bounds the longest duration. A value that is neither, such
     * as one with a sign, a fraction or another time zone, is none.
     *
     * @param value the value of the header, null if there is none
     * @param wall the clock that a date is compared with
     * @return the delay, zero or more, or null if there is none that can be read
     */
    public static @Nullable Duration parse(@Nullable String value, Clock wall) {
        Objects.requireNonNull(wall, "wall");
        String text = value == null ? "" : value.strip();
        if (text.isEmpty()) {
            return null;
        }
        return text.chars().allMatch(c -> c >= '0' && c <= '9') ? seconds(text) : untilDate(text, wall.instant());
    }

    private static Duration seconds(String digits) {
        try {
            return Duration.ofSeconds(Long.parseLong(digits));
        } catch (NumberFormatException beyond) { // they are digits
            return Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
        }
    }

    private static @Nullable Duration untilDate(String text, Instant now) {
        boolean leap = text.contains(LEAP_SECOND); // which java.time does not have
        String known = leap ? text.replace(LEAP_SECOND, ":59") : text;
        for (DateTimeFormatter form : List.of(IMF_DATE, rfc850Date(now), ASCTIME_DATE)) {
            Instant date = instant(known, form);
            if (date != null) {
                Duration delay = Duration.between(now, date.plusSeconds(leap ? 1 : 0));
                return delay.isNegative() ? Duration.ZERO : delay;
            }
        }
        return null;
    }

    private static @Nullable Instant instant(String text, DateTimeFormatter form) {
        try {
            return ZonedDateTime.parse(text, form.withZone(ZoneOffset.UTC)).toInstant();
        } catch (DateTimeException anotherForm) {
            return null;
        }
    }

    private static DateTimeFormatter rfc850Date(Instant now) {
        LocalDate earliest = LocalDate.ofInstant(now, ZoneOffset.UTC).minusYears(YEARS_BACK);
        return new DateTimeFormatterBuilder()
                .appendPattern("EEEE, dd-MMM-")
                .appendValueReduced(ChronoField.YEAR, 2, 2, earliest)
                .appendPattern(" HH:mm:ss 'GMT'")
                .toFormatter(Locale.ENGLISH);
    }
}

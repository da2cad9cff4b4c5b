package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChecksTest {
    private static String refused(Runnable check) {
        return assertThrows(IllegalArgumentException.class, check::run).getMessage();
    }

    @Test
    void good_values_come_back() {
        assertEquals(1, Checks.positive(1, "n"));
        assertEquals(Long.MAX_VALUE, Checks.positive(Long.MAX_VALUE, "n"));
        assertEquals(0, Checks.notNegative(0, "n"));
        assertEquals(7, Checks.notNegative(7, "n"));
        assertEquals(Long.MAX_VALUE, Checks.notNegative(Long.MAX_VALUE, "n"));
        assertEquals(Duration.ofNanos(1), Checks.positive(Duration.ofNanos(1), "d"));
        assertEquals(Duration.ZERO, Checks.notNegative(Duration.ZERO, "d"));
    }

    @Test
    void bad_values_are_named_with_their_value() {
        assertEquals("n must be at least 1, but is 0", refused(() -> Checks.positive(0, "n")));
        assertEquals("n must be at least 1, but is -5", refused(() -> Checks.positive(-5L, "n")));
        assertEquals("n must not be negative, but is -1", refused(() -> Checks.notNegative(-1, "n")));
        assertEquals("d must be positive, but is PT0S", refused(() -> Checks.positive(Duration.ZERO, "d")));
        assertEquals(
                "d must not be negative, but is PT-1S", refused(() -> Checks.notNegative(Duration.ofSeconds(-1), "d")));
        assertEquals(
                "d",
                assertThrows(NullPointerException.class, () -> Checks.positive(null, "d"))
                        .getMessage());
    }

    @Test
    void nanoseconds_saturate_at_both_ends() {
        assertEquals(5, Checks.saturatedNanos(Duration.ofNanos(5)));
        assertEquals(Long.MAX_VALUE, Checks.saturatedNanos(Duration.ofSeconds(Long.MAX_VALUE)));
        assertEquals(Long.MIN_VALUE, Checks.saturatedNanos(Duration.ofSeconds(Long.MIN_VALUE)));
    }

    @Test
    void durations_are_checked_and_turned_into_nanoseconds_at_once() {
        assertEquals(5, Checks.positiveNanos(Duration.ofNanos(5), "d"));
        assertEquals(0, Checks.notNegativeNanos(Duration.ZERO, "d"));
        assertEquals(Long.MAX_VALUE, Checks.positiveNanos(Duration.ofSeconds(Long.MAX_VALUE), "d"));
        assertEquals(Long.MAX_VALUE, Checks.notNegativeNanos(Duration.ofSeconds(Long.MAX_VALUE), "d"));
        assertEquals("d must be positive, but is PT0S", refused(() -> Checks.positiveNanos(Duration.ZERO, "d")));
        assertEquals(
                "d must not be negative, but is PT-1S",
                refused(() -> Checks.notNegativeNanos(Duration.ofSeconds(-1), "d")));
    }

    @Test
    void a_sum_saturates() {
        assertEquals(0, Checks.saturatedSum(0, 0));
        assertEquals(Long.MAX_VALUE, Checks.saturatedSum(Long.MAX_VALUE, 0));
        assertEquals(Long.MAX_VALUE - 1, Checks.saturatedSum(Long.MAX_VALUE - 2, 1));
        assertEquals(Long.MAX_VALUE, Checks.saturatedSum(Long.MAX_VALUE, 1));
        assertEquals(Long.MAX_VALUE, Checks.saturatedSum(Long.MAX_VALUE, Long.MAX_VALUE));
    }

    @Test
    void an_argument_that_is_null_is_named_with_its_index() {
        assertEquals(List.of("a", "b"), Checks.noneNull(new String[] {"a", "b"}, "names"));
        assertEquals(List.of(), Checks.noneNull(new String[0], "names"));
        for (int index = 0; index < 2; index++) {
            String[] names = {"a", "b"};
            names[index] = null;
            assertEquals(
                    "names[" + index + "]",
                    assertThrows(NullPointerException.class, () -> Checks.noneNull(names, "names"))
                            .getMessage());
        }
    }
}

package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.redis.UseLog.Use;
import java.util.List;
import org.junit.jupiter.api.Test;

class UseLogTest {
    private static final long MILLI = 1_000_000;

    private static UseLog log(Use... uses) {
        return new UseLog(Rate.perSecond(1000).withBurst(3), List.of(uses));
    }

    @Test
    void a_burst_at_once_is_a_burst() {
        assertEquals(3, log(new Use(0, 0, 2), new Use(0, 0, 1)).tightestBurst());
    }

    @Test
    void what_grows_between_two_uses_is_theirs() {
        assertEquals(3, log(new Use(0, 0, 3), new Use(2 * MILLI, 2 * MILLI, 2)).tightestBurst());
        assertEquals(4, log(new Use(0, 0, 3), new Use(MILLI, MILLI, 2)).tightestBurst());
    }

    @Test
    void a_window_lasts_until_the_end_of_its_last_call() {
        assertEquals(2, log(new Use(0, 3 * MILLI, 3), new Use(MILLI, MILLI, 2)).tightestBurst());
    }

    @Test
    void a_window_need_not_begin_with_the_first_use() {
        Use before = new Use(0, 0, 1);
        assertEquals(
                4,
                log(before, new Use(9 * MILLI, 9 * MILLI, 3), new Use(9 * MILLI, 9 * MILLI, 1))
                        .tightestBurst());
    }
}

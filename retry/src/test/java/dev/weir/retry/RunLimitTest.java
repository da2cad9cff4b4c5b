package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RunLimitTest {
    @Test
    void what_is_left_counts_from_the_start_across_the_wrap_of_the_clock() {
        ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - 10);
        RunLimit limit = new RunLimit(time, time.nanoTime(), 100, Deadline.never());
        time.advance(Duration.ofNanos(30));
        assertEquals(70, limit.remainingNanos());
        time.advance(Duration.ofNanos(70));
        assertEquals(0, limit.remainingNanos());
        time.advance(Duration.ofNanos(1));
        assertEquals(0, limit.remainingNanos());
    }

    @Test
    void the_earlier_of_duration_and_deadline_counts() {
        ManualTimeSource time = new ManualTimeSource();
        Deadline deadline = Deadline.after(Duration.ofNanos(50), time);
        assertEquals(50, new RunLimit(time, 0, 100, deadline).remainingNanos());
        assertEquals(40, new RunLimit(time, 0, 40, deadline).remainingNanos());
        assertEquals(50, new RunLimit(time, 0, RunLimit.UNLIMITED, deadline).remainingNanos());
    }

    @Test
    void without_a_duration_its_clock_is_not_read() {
        RunLimit none = new RunLimit(
                new OddTimeSource(
                        () -> {
                            throw new AssertionError("read");
                        },
                        (task, delay) -> () -> false),
                0,
                RunLimit.UNLIMITED,
                Deadline.never());
        assertEquals(RunLimit.UNLIMITED, none.remainingNanos());
    }
}

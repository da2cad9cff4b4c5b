package dev.weir.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class DeadlineTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE - 1); // just under 292 years
    private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

    private final ManualTimeSource time = new ManualTimeSource();

    @Test
    void expires_at_its_instant_and_not_a_nanosecond_before() throws Exception {
        Deadline deadline = Deadline.after(SECOND, time);
        time.advance(SECOND.minusNanos(1));
        assertEquals(1, deadline.remainingNanos());
        assertFalse(deadline.isExpired());
        deadline.check();
        time.advance(Duration.ofNanos(1));
        assertTrue(deadline.isExpired());
        assertThrows(TimeoutException.class, deadline::check);
    }

    @Test
    void remaining_never_goes_below_zero() {
        Deadline deadline = Deadline.after(SECOND, time);
        time.advance(Duration.ofDays(365_00));
        assertEquals(Duration.ZERO, deadline.remaining());
    }

    @Test
    void survives_the_wrap_of_the_clock() {
        ManualTimeSource late = new ManualTimeSource(Long.MAX_VALUE - 10);
        Deadline deadline = Deadline.after(SECOND, late);
        assertEquals(SECOND, deadline.remaining());
        late.advance(Duration.ofNanos(20));
        assertEquals(SECOND.minusNanos(20), deadline.remaining());
        late.advance(SECOND);
        assertTrue(deadline.isExpired());
    }

    @Test
    void zero_and_negative_timeouts_have_passed() {
        assertTrue(Deadline.after(Duration.ZERO, time).isExpired());
        assertTrue(Deadline.after(SECOND.negated(), time).isExpired());
        assertTrue(Deadline.after(FOR_EVER.negated(), time).isExpired());
    }

    @Test
    void timeout_beyond_the_clock_is_never_reached() {
        Deadline endless = Deadline.after(FOR_EVER, time);
        assertTrue(endless.isNever());
        assertEquals(Long.MAX_VALUE, endless.remainingNanos());
        time.advance(SECOND);
        assertFalse(endless.isExpired());
        assertEquals("Deadline[never]", endless.toString());
        assertTrue(Deadline.never().isNever());
        assertEquals(Long.MAX_VALUE, Deadline.never().remainingNanos());
        assertFalse(Deadline.never().isExpired());
    }

    @Test
    void longest_timeout_of_the_clock_does_not_overflow() {
        Deadline deadline = Deadline.after(Duration.ofNanos(Long.MAX_VALUE - 1), time);
        assertEquals(Long.MAX_VALUE - 1, deadline.remainingNanos());
        time.advance(SECOND);
        assertEquals(Long.MAX_VALUE - 1 - SECOND.toNanos(), deadline.remainingNanos());
    }

    @Test
    void earliest_is_the_one_with_less_time_left() {
        Deadline sooner = Deadline.after(SECOND, time);
        Deadline later = Deadline.after(SECOND.multipliedBy(2), time);
        assertSame(sooner, sooner.earliest(later));
        assertSame(sooner, later.earliest(sooner));
        assertSame(sooner, sooner.earliest(Deadline.never()));
        assertSame(sooner, Deadline.never().earliest(sooner));
        assertSame(Deadline.never(), Deadline.never().earliest(Deadline.never()));
    }

    @Test
    void earliest_of_two_that_have_passed_is_the_first_to_pass() {
        Deadline sooner = Deadline.after(SECOND, time);
        Deadline later = Deadline.after(SECOND.multipliedBy(2), time);
        time.advance(Duration.ofHours(1));
        assertSame(sooner, later.earliest(sooner));
    }

    /** From just under 292 years before now to just under 292 years after it. */
    private Deadline[] ofAllDistances() {
        Deadline longPast = Deadline.after(Duration.ZERO, time);
        time.advance(LONGEST.minus(SECOND));
        Deadline past = Deadline.after(Duration.ofMillis(1), time);
        time.advance(SECOND);
        return new Deadline[] {
            longPast,
            past,
            Deadline.after(Duration.ZERO, time),
            Deadline.after(SECOND, time),
            Deadline.after(Duration.ofSeconds(Long.MAX_VALUE / 1_000_000_000L), time),
            Deadline.after(LONGEST, time),
            Deadline.after(FOR_EVER, time)
        };
    }

    // grpc/grpc-java#1637, #6082; apache/httpcomponents-core#512
    @Test
    void earliest_of_any_two_is_the_earlier_one_however_far_they_are_apart() {
        Deadline[] inOrder = ofAllDistances();
        for (int i = 0; i < inOrder.length; i++) {
            for (int j = 0; j < inOrder.length; j++) {
                assertSame(inOrder[Math.min(i, j)], inOrder[i].earliest(inOrder[j]), i + " and " + j);
            }
        }
    }

    @Test
    void earliest_of_any_two_is_the_earlier_one_across_the_wrap_of_the_clock() {
        ManualTimeSource late = new ManualTimeSource(Long.MAX_VALUE - 10);
        Deadline past = Deadline.after(Duration.ZERO, late);
        late.advance(Duration.ofNanos(5));
        Deadline here = Deadline.after(Duration.ofNanos(2), late);
        Deadline wrapped = Deadline.after(SECOND, late);
        Deadline far = Deadline.after(LONGEST, late);
        Deadline[] inOrder = {past, here, wrapped, far};
        for (int i = 0; i < inOrder.length; i++) {
            for (int j = 0; j < inOrder.length; j++) {
                assertSame(inOrder[Math.min(i, j)], inOrder[i].earliest(inOrder[j]), i + " and " + j);
            }
        }
    }

    @Test
    void atMost_of_one_that_has_passed_is_that_one_however_long_the_timeout() {
        Deadline[] inOrder = ofAllDistances();
        for (Deadline past : List.of(inOrder[0], inOrder[1])) {
            assertSame(past, past.atMost(LONGEST));
            assertSame(past, past.atMost(FOR_EVER));
            assertSame(past, past.atMost(Duration.ZERO));
        }
    }

    @Test
    void atMost_of_an_endless_one_is_on_the_clock_that_it_was_made_with() {
        Deadline limit = Deadline.after(FOR_EVER, time).atMost(SECOND);
        assertEquals(SECOND, limit.remaining());
        time.advance(SECOND);
        assertTrue(limit.isExpired());
        assertTrue(Deadline.after(FOR_EVER, time).atMost(FOR_EVER).isNever());
    }

    @Test
    void earliest_compares_clocks_of_any_readings_by_what_is_left() {
        ManualTimeSource other = new ManualTimeSource(Long.MIN_VALUE + 1);
        Deadline passed = Deadline.after(Duration.ZERO, other);
        other.advance(SECOND);
        Deadline far = Deadline.after(LONGEST, time);
        assertSame(passed, far.earliest(passed));
        assertSame(passed, passed.earliest(far));
        assertSame(far, Deadline.after(FOR_EVER, other).earliest(far));
    }

    @Test
    void earliest_compares_clocks_by_what_is_left() {
        ManualTimeSource other = new ManualTimeSource(1_000_000_000_000L);
        Deadline here = Deadline.after(SECOND.multipliedBy(2), time);
        Deadline there = Deadline.after(SECOND, other);
        assertSame(there, here.earliest(there));
    }

    @Test
    void atMost_shortens_and_never_lengthens() {
        Deadline deadline = Deadline.after(SECOND, time);
        assertEquals(
                Duration.ofMillis(10), deadline.atMost(Duration.ofMillis(10)).remaining());
        assertSame(deadline, deadline.atMost(Duration.ofMinutes(1)));
    }

    @Test
    void names_a_missing_argument() {
        assertEquals(
                "timeout",
                assertThrows(NullPointerException.class, () -> Deadline.after(null))
                        .getMessage());
        assertEquals(
                "time",
                assertThrows(NullPointerException.class, () -> Deadline.after(SECOND, null))
                        .getMessage());
    }

    @Test
    void text_tells_what_is_left() {
        assertEquals("Deadline[in PT1S]", Deadline.after(SECOND, time).toString());
        assertEquals("Deadline[never]", Deadline.never().toString());
    }

    @Test
    void without_a_clock_it_is_the_systems() {
        Deadline deadline = Deadline.after(Duration.ofDays(1));
        assertTrue(deadline.remaining().compareTo(Duration.ofHours(23)) > 0, deadline::toString);
        assertTrue(deadline.remaining().compareTo(Duration.ofDays(1)) <= 0, deadline::toString);
    }

    @Test
    void the_earliest_of_two_at_the_same_instant_is_the_first_named() {
        Deadline one = Deadline.after(SECOND, time);
        Deadline other = Deadline.after(SECOND, time);
        assertSame(one, one.earliest(other));
        assertSame(other, other.earliest(one));
        Deadline elsewhere = Deadline.after(SECOND, new ManualTimeSource());
        assertSame(one, one.earliest(elsewhere));
        assertSame(elsewhere, elsewhere.earliest(one));
    }

    @Test
    void parks_until_the_deadline() {
        Deadline deadline = Deadline.after(SECOND, ManualTimeSource.autoAdvancing());
        deadline.parkUntilExpired(this);
        assertTrue(deadline.isExpired());
    }

    @Test
    void parks_for_ever_but_returns_when_unparked() throws Exception {
        Thread parked =
                Thread.ofPlatform().daemon().start(() -> Deadline.never().parkUntilExpired(this));
        while (parked.getState() != Thread.State.WAITING) {
            assertTrue(parked.isAlive(), "it must park");
            Thread.onSpinWait();
        }
        LockSupport.unpark(parked);
        assertTrue(parked.join(Duration.ofSeconds(20)));
    }

    @Test
    void a_task_is_scheduled_at_the_deadline_and_never_at_an_endless_one() {
        ManualTimeSource clock = new ManualTimeSource();
        AtomicInteger runs = new AtomicInteger();
        TimeSource.ScheduledTask scheduled =
                Deadline.after(Duration.ofSeconds(1), clock).schedule(runs::incrementAndGet);
        clock.advance(Duration.ofSeconds(1));
        Call.until(() -> runs.get() == 1);
        assertFalse(scheduled.cancel());
        assertFalse(Deadline.never().schedule(runs::incrementAndGet).cancel());
    }
}

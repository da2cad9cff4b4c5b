package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How much a thread takes in advance, and how long that is good. */
class StripeTest {
    private static final long TTL = 100;

    private final Stripe stripe = new Stripe();

    /** A request that finds too little, and gets what it wants in advance. Returns how much that was. */
    private long fetch(long permits, long now) {
        long missing = permits - stripe.left(now, 0);
        long ahead = stripe.wanted(permits, now, 0);
        stripe.fetched(missing + ahead, ahead, ahead, now + TTL, 0);
        return ahead;
    }

    private void useUp(long now) {
        while (stripe.take(1, now, 0)) {
            // goes on
        }
        assertEquals(0, stripe.left(now, 0));
    }

    @Test
    void what_is_used_up_in_its_time_is_followed_by_twice_as_much_up_to_256_requests() {
        assertEquals(0, fetch(1, 0));
        long last = 0;
        for (int i = 0; i < 20; i++) {
            useUp(0);
            long next = fetch(1, 0);
            assertEquals(Math.min(256, 2 * last + 1), next);
            last = next;
        }
        assertEquals(256, last);
        useUp(0);
        assertEquals(Math.min(256 * 7, 256 * 2 + 7), fetch(7, 0));
    }

    @Test
    void what_is_not_used_up_is_followed_by_half_of_what_was_used() {
        fetch(1, 0);
        useUp(0);
        fetch(1, 0);
        useUp(0);
        assertEquals(3, fetch(1, 0));
        assertTrue(stripe.take(1, 0, 0)); // two of four were used
        assertEquals(1, fetch(1, TTL));
        assertEquals(0, fetch(1, 2 * TTL)); // one of two
        assertEquals(0, fetch(1, 3 * TTL));
    }

    @Test
    void a_refusal_changes_nothing() {
        fetch(1, 0);
        useUp(0);
        for (int i = 0; i < 20; i++) {
            assertEquals(1, stripe.wanted(1, 0, 0));
        }
    }

    @Test
    void small_requests_take_no_more_in_advance_after_large_ones() {
        fetch(1_000, 0);
        fetch(1_000, 0);
        assertTrue(stripe.take(1_000, 0, 0));
        fetch(1_000, 0);
        assertTrue(stripe.take(3_000, 0, 0));
        assertEquals(256, stripe.wanted(1, TTL, 0));
    }

    @Test
    void one_that_asks_once_in_a_ttl_takes_nothing_in_advance() {
        for (int i = 0; i < 10; i++) {
            assertEquals(0, fetch(5, i * TTL));
        }
    }

    @Test
    void what_is_left_is_used_before_another_is_fetched() {
        fetch(4, 0);
        assertEquals(4, fetch(4, 0));
        assertEquals(4, stripe.left(0, 0));
        assertFalse(stripe.take(5, 0, 0));
        assertEquals(4, stripe.left(0, 0), "a refusal takes nothing");
        assertTrue(stripe.take(3, 0, 0));
        assertEquals(1, stripe.left(0, 0));
    }

    @Test
    void what_was_fetched_is_void_when_its_time_is_over_also_across_the_wrap_of_the_clock() {
        long before = Long.MAX_VALUE - 10;
        fetch(4, before);
        fetch(4, before);
        assertTrue(stripe.take(1, before + TTL - 1, 0));
        assertFalse(stripe.take(1, before + TTL, 0));
        assertEquals(0, stripe.left(before + TTL, 0));
    }

    @Test
    void what_was_fetched_in_an_older_epoch_is_void() {
        fetch(4, 0);
        fetch(4, 0);
        assertTrue(stripe.take(1, 0, 0));
        assertFalse(stripe.take(1, 0, 1));
        assertEquals(0, stripe.left(0, 1));
    }

    @Test
    void no_number_of_permits_is_too_large() {
        long most = 1L << 60;
        fetch(most, 0);
        for (int i = 0; i < 10; i++) {
            useUp(0);
            long ahead = stripe.wanted(most, 0, 0);
            assertTrue(ahead >= most, ahead + "");
            stripe.fetched(most, ahead, 0, TTL, 0);
        }
        assertEquals(Long.MAX_VALUE, stripe.wanted(most, 0, 0));
    }

    @Test
    void nothing_and_less_is_not_taken_here() {
        fetch(4, 0);
        fetch(4, 0);
        assertFalse(stripe.take(0, 0, 0));
        assertFalse(stripe.take(-1, 0, 0));
    }
}

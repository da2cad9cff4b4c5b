package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.internal.wait.Waiter;
import org.junit.jupiter.api.Test;

/** The steps that a test of threads meets only by chance. */
class KeyEntryTest {
    private final Thread holder = Thread.ofVirtual().unstarted(() -> {});
    private final KeyEntry entry = KeyEntry.orNew(null).take(holder);

    private final Thread me = Thread.currentThread();

    private static Waiter waiter() {
        return new Waiter();
    }

    @Test
    void one_who_leaves_after_it_was_signalled_passes_the_signal_on() {
        Waiter first = waiter();
        Waiter second = waiter();
        entry.takeOrQueue(first, me);
        entry.takeOrQueue(second, me);
        assertSame(entry, entry.release());
        assertTrue(first.isSignalled());
        assertFalse(second.isSignalled());
        assertSame(entry, entry.leave(first));
        assertTrue(second.isSignalled());
        assertNull(entry.leave(second));
    }

    @Test
    void one_who_came_too_late_stays_first_and_is_signalled_again() {
        Waiter first = waiter();
        Waiter second = waiter();
        entry.takeOrQueue(first, me);
        entry.takeOrQueue(second, me);
        entry.release();
        entry.take(holder);
        entry.takeOrQueue(first, me);
        assertFalse(first.isSignalled());
        entry.release();
        assertTrue(first.isSignalled());
        assertFalse(second.isSignalled());
        entry.takeOrQueue(first, me);
        assertTrue(entry.isHeldBy(me));
        entry.release();
        assertTrue(second.isSignalled());
    }

    @Test
    void a_lock_that_is_held_signals_nobody() {
        Waiter first = waiter();
        Waiter second = waiter();
        entry.takeOrQueue(first, me);
        entry.takeOrQueue(second, me);
        entry.take(holder);
        assertSame(entry, entry.release());
        assertSame(entry, entry.leave(first));
        assertFalse(first.isSignalled() || second.isSignalled());
    }

    @Test
    void an_entry_is_kept_while_it_is_held_waited_for_or_pinned() {
        Waiter waiter = waiter();
        entry.takeOrQueue(waiter, me);
        long number = entry.pin().number();
        assertSame(entry, entry.release());
        assertSame(entry, entry.leave(waiter));
        assertEquals(number, entry.pin().number());
        assertSame(entry, entry.unpin());
        assertNull(entry.unpin());
    }
}

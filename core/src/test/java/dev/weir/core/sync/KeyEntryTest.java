package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.TimeSource;
import org.junit.jupiter.api.Test;

/** The steps that a test of threads meets only by chance. */
class KeyEntryTest {
    private final Thread holder = Thread.ofVirtual().unstarted(() -> {});
    private final KeyEntry entry = KeyEntry.orNew(null).take(holder);

    private static Waiter waiter() {
        return new Waiter(new Object(), TimeSource.system(), Waiter.FOR_EVER, true);
    }

    @Test
    void one_who_leaves_after_it_was_signalled_passes_the_signal_on() {
        Waiter first = waiter();
        Waiter second = waiter();
        entry.takeOrQueue(first);
        entry.takeOrQueue(second);
        assertSame(entry, entry.release());
        assertTrue(first.signalled);
        assertFalse(second.signalled);
        assertSame(entry, entry.leave(first));
        assertTrue(second.signalled);
        assertNull(entry.leave(second));
    }

    @Test
    void one_who_came_too_late_stays_first_and_is_signalled_again() {
        Waiter first = waiter();
        Waiter second = waiter();
        entry.takeOrQueue(first);
        entry.takeOrQueue(second);
        entry.release();
        entry.take(holder);
        entry.takeOrQueue(first);
        assertFalse(first.signalled);
        entry.release();
        assertTrue(first.signalled);
        assertFalse(second.signalled);
        entry.takeOrQueue(first);
        assertTrue(entry.isHeldBy(first.thread));
        entry.release();
        assertTrue(second.signalled);
    }

    @Test
    void a_lock_that_is_held_signals_nobody() {
        Waiter first = waiter();
        Waiter second = waiter();
        entry.takeOrQueue(first);
        entry.takeOrQueue(second);
        entry.take(holder);
        assertSame(entry, entry.release());
        assertSame(entry, entry.leave(first));
        assertFalse(first.signalled || second.signalled);
    }

    @Test
    void an_entry_is_kept_while_it_is_held_waited_for_or_pinned() {
        Waiter waiter = waiter();
        entry.takeOrQueue(waiter);
        long number = entry.pin().number();
        assertSame(entry, entry.release());
        assertSame(entry, entry.leave(waiter));
        assertEquals(number, entry.pin().number());
        assertSame(entry, entry.unpin());
        assertNull(entry.unpin());
    }
}

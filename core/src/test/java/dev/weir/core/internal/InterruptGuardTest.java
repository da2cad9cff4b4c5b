package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InterruptGuardTest {
    private final InterruptGuard guard = new InterruptGuard();

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    @Test
    void an_interrupt_outside_of_a_section_reaches_nothing() {
        assertFalse(guard.interrupt());
        assertEquals(InterruptGuard.NONE, guard.current());
        guard.begin();
        assertFalse(guard.end());
        assertFalse(guard.interrupt());
        assertFalse(Thread.interrupted());
    }

    @Test
    void a_section_that_is_not_interrupted_ends_so() {
        long ticket = guard.begin();
        assertNotEquals(InterruptGuard.NONE, ticket);
        assertEquals(ticket, guard.current());
        assertSame(Thread.currentThread(), guard.thread());
        assertFalse(guard.isInterrupted());
        assertFalse(guard.endAndClear());
        assertNull(guard.thread());
    }

    @Test
    void an_interrupt_reaches_the_section_and_is_cleared_at_its_end() {
        guard.begin();
        assertTrue(guard.interrupt());
        assertTrue(guard.isInterrupted());
        assertTrue(Thread.currentThread().isInterrupted());
        assertTrue(guard.endAndClear());
        assertFalse(Thread.interrupted());
    }

    @Test
    void an_end_without_clearing_leaves_the_status() {
        guard.begin();
        guard.interrupt();
        assertTrue(guard.end());
        assertTrue(Thread.interrupted());
    }

    @Test
    void a_late_interrupt_does_not_reach_the_next_section() {
        long first = guard.begin();
        guard.end();
        long second = guard.begin();
        assertNotEquals(first, second);
        assertFalse(guard.interrupt(first));
        assertFalse(Thread.currentThread().isInterrupted());
        assertTrue(guard.interrupt(second));
        assertTrue(guard.endAndClear());
        assertFalse(guard.interrupt(second));
        assertFalse(guard.interrupt(InterruptGuard.NONE));
    }

    @Test
    void a_section_that_used_its_interrupt_up_can_be_interrupted_again() {
        guard.begin();
        assertTrue(guard.interrupt());
        assertTrue(Thread.interrupted());
        assertTrue(guard.interrupt());
        assertTrue(Thread.currentThread().isInterrupted());
        assertTrue(guard.endAndClear());
        assertFalse(Thread.interrupted());
    }

    @Test
    void an_interrupt_of_a_third_party_before_ours_outlives_the_section() {
        guard.begin();
        Thread.currentThread().interrupt();
        assertTrue(guard.interrupt());
        assertTrue(guard.interrupt());
        assertTrue(guard.endAndClear());
        assertTrue(Thread.interrupted());
    }

    @Test
    void an_interrupt_of_a_third_party_alone_outlives_the_section() {
        guard.begin();
        Thread.currentThread().interrupt();
        assertFalse(guard.endAndClear());
        assertTrue(Thread.interrupted());
    }

    /** Why a thread whose interrupts by others must not be lost runs nothing that is interrupted through a guard. */
    @Test
    void two_interrupts_of_a_thread_that_does_not_look_are_one() {
        guard.begin();
        guard.interrupt();
        Thread.currentThread().interrupt(); // another's, which changes nothing that anybody could see
        assertTrue(guard.endAndClear());
        assertFalse(Thread.interrupted());
    }

    @Test
    void an_interrupt_that_was_pending_before_the_section_outlives_it() {
        Thread.currentThread().interrupt();
        guard.begin();
        guard.interrupt();
        guard.endAndClear();
        assertTrue(Thread.interrupted());
    }

    @Test
    void sections_do_not_nest_and_do_not_end_twice() {
        guard.begin();
        assertThrows(IllegalStateException.class, guard::begin);
        guard.end();
        assertThrows(IllegalStateException.class, guard::end);
        assertThrows(IllegalStateException.class, guard::endAndClear);
    }

    /** A channel whose closing, which an interrupt does, throws. */
    private static final class BrokenChannel extends AbstractInterruptibleChannel {
        @Override
        protected void implCloseChannel() {
            throw new IllegalStateException("cannot close");
        }

        void open() {
            begin();
        }

        void done() {
            try {
                end(true);
            } catch (java.io.IOException closed) {
                // by the interrupt
            }
        }
    }

    @Test
    void an_interrupt_whose_channel_throws_is_sent_and_throws_nothing() {
        BrokenChannel channel = new BrokenChannel();
        guard.begin();
        channel.open();
        assertTrue(guard.interrupt());
        channel.done();
        assertTrue(Thread.currentThread().isInterrupted());
        assertTrue(guard.endAndClear());
    }

    @Test
    void no_interrupt_is_seen_outside_of_the_sections_however_they_race() throws Exception {
        int rounds = 20_000;
        AtomicInteger reached = new AtomicInteger();
        CountDownLatch over = new CountDownLatch(1);
        Thread interrupter = Thread.ofPlatform().daemon().start(() -> {
            while (over.getCount() > 0) {
                if (guard.interrupt()) {
                    reached.incrementAndGet();
                }
            }
        });
        int interrupted = 0;
        for (int round = 0; round < rounds || interrupted == 0; round++) {
            guard.begin();
            Thread.onSpinWait();
            if (guard.endAndClear()) {
                interrupted++;
            }
            assertFalse(Thread.currentThread().isInterrupted(), "in round " + round);
        }
        over.countDown();
        interrupter.join();
        assertTrue(interrupted > 0);
        assertTrue(reached.get() >= interrupted);
    }
}

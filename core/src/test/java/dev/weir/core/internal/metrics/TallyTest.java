package dev.weir.core.internal.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class TallyTest {
    @Test
    void what_is_added_is_the_sum() {
        Tally tally = new Tally();
        assertEquals("Tally[0 yes, 0 no]", tally.toString());
        tally.add(true, 3);
        tally.add(false, 2);
        tally.add(true, 4);
        assertEquals(7, tally.yes());
        assertEquals(2, tally.no());
    }

    @Test
    void a_platform_thread_owns_a_cell_and_a_virtual_one_does_not() throws Exception {
        Tally tally = new Tally();
        assertNull(tally.ownCell(), "before the first addition");
        tally.add(true, 1);
        assertNotNull(tally.ownCell());
        AtomicReference<Object> its = new AtomicReference<>("nothing yet");
        Thread.ofVirtual()
                .start(() -> {
                    tally.add(true, 1);
                    its.set(tally.ownCell());
                })
                .join();
        assertNull(its.get());
        assertEquals(2, tally.yes());
    }

    @Test
    void the_cell_of_a_thread_that_has_ended_goes_to_another_one_with_its_counts() throws Exception {
        Tally tally = new Tally();
        for (int i = 0; i < 1_000; i++) { // many more than there are cells
            Thread thread = Thread.ofPlatform().start(() -> {
                tally.add(true, 1);
                assertNotNull(tally.ownCell());
                tally.add(tally.ownCell(), false, 2);
            });
            AtomicReference<Throwable> failure = new AtomicReference<>();
            thread.setUncaughtExceptionHandler((its, thrown) -> failure.set(thrown));
            thread.join();
            assertNull(failure.get());
        }
        assertEquals(1_000, tally.yes());
        assertEquals(2_000, tally.no());
    }

    @Test
    void the_cell_of_a_thread_that_runs_stays_its_own() throws Exception {
        Tally tally = new Tally();
        tally.add(true, 1);
        Tally.Cell own = tally.ownCell();
        for (int i = 0; i < 200; i++) { // many more than there are cells
            Thread.ofPlatform().start(() -> tally.add(true, 1)).join();
        }
        tally.add(own, true, 1);
        assertEquals(202, tally.yes());
    }

    @Test
    void a_cell_is_made_by_the_maker() {
        Tally tally = new Tally(Special::new);
        tally.add(true, 1);
        assertInstanceOf(Special.class, tally.ownCell());
        assertEquals(1, tally.yes());
    }

    private static final class Special extends Tally.Cell {
        Special(Thread thread) {
            super(thread);
        }
    }

    @Test
    void nothing_is_lost_or_counted_twice_among_threads_of_both_kinds_that_come_and_go() throws Exception {
        long seed = System.nanoTime();
        System.out.println("TallyTest: seed " + seed);
        Random random = new Random(seed);
        Tally tally = new Tally();
        LongAdder yes = new LongAdder();
        LongAdder no = new LongAdder();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int round = 0; round < 20; round++) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int additions = random.nextInt(500);
                Runnable task = () -> {
                    long last = 0;
                    for (int j = 0; j < additions; j++) {
                        boolean answer = j % 3 == 0;
                        tally.add(answer, j);
                        (answer ? yes : no).add(j);
                        long present = tally.yes();
                        assertTrue(present >= last, "the sum falls");
                        last = present;
                    }
                };
                Thread thread = random.nextInt(4) == 0
                        ? Thread.ofVirtual().unstarted(task)
                        : Thread.ofPlatform().unstarted(task);
                thread.setUncaughtExceptionHandler((its, thrown) -> failure.set(thrown));
                threads.add(thread);
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertNull(failure.get());
        assertEquals(yes.sum(), tally.yes());
        assertEquals(no.sum(), tally.no());
    }
}

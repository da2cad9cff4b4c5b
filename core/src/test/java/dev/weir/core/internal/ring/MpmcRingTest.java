package dev.weir.core.internal.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import dev.weir.testkit.ModelChecking;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class MpmcRingTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void elements_come_out_in_order_with_their_positions_lap_after_lap(int capacity) {
        Positions ends = new Positions();
        MpmcRing<Integer> ring = new MpmcRing<>(capacity);
        for (int from = 0; from < 5 * capacity; from += capacity) {
            for (int i = from; i < from + capacity; i++) {
                assertEquals(i, Positions.position(ring.offer(ends, i)));
            }
            assertEquals(MpmcRing.FULL, ring.offer(ends, -1));
            for (int i = from; i < from + capacity; i++) {
                long h = ends.head();
                assertFalse(ends.isEmptyAt(h));
                assertEquals(i, Positions.position(h));
                assertEquals(i, ring.poll(ends, h));
                assertNull(ring.poll(ends, h), "the head has moved on");
            }
            assertTrue(ends.isEmptyAt(ends.head()));
            assertNull(ring.poll(ends, ends.head()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void a_position_is_published_from_its_offer_to_its_poll(int capacity) {
        Positions ends = new Positions();
        MpmcRing<Integer> ring = new MpmcRing<>(capacity);
        for (int from = 0; from < 3 * capacity; from += capacity) {
            for (int i = from; i < from + capacity; i++) {
                assertFalse(ring.isPublished(i));
                ring.offer(ends, i);
                assertTrue(ring.isPublished(i));
                assertFalse(ring.isPublished(i + capacity), "the same slot, a lap later");
            }
            for (int i = from; i < from + capacity; i++) {
                assertEquals(i, ring.poll(ends, ends.head()));
                assertFalse(ring.isPublished(i));
            }
        }
    }

    @Test
    void a_shut_tail_refuses_and_what_is_in_stays() {
        Positions ends = new Positions();
        MpmcRing<Integer> ring = new MpmcRing<>(2);
        ring.offer(ends, 1);
        ends.flagTail(Positions.SHUT);
        assertEquals(MpmcRing.REFUSED, ring.offer(ends, 2));
        assertEquals(1, ring.poll(ends, ends.head()));
        assertTrue(ends.isEmptyAt(ends.head()));
    }

    @Test
    void marks_are_reported_by_the_word_that_was_moved_and_stay() {
        Positions ends = new Positions();
        MpmcRing<Integer> ring = new MpmcRing<>(3);
        ends.flagTail(Positions.MARK);
        ends.flagHead(Positions.OTHER_MARK);
        assertEquals(Positions.MARK, ring.offer(ends, 7));
        assertEquals(Positions.ONE | Positions.MARK, ring.offer(ends, 8));
        ends.unflagTail(Positions.MARK);
        assertEquals(2 * Positions.ONE, ring.offer(ends, 9));
        assertEquals(7, ring.poll(ends, ends.head()));
        assertEquals(Positions.ONE | Positions.OTHER_MARK, ends.head());
        ends.unflagHead(Positions.OTHER_MARK);
        assertEquals(Positions.ONE, ends.head());
    }

    @Test
    void several_positions_are_claimed_at_once() {
        Positions ends = new Positions();
        MpmcRing<Integer> ring = new MpmcRing<>(4);
        for (int i = 0; i < 3; i++) {
            ring.offer(ends, i);
        }
        List<Integer> seen = new ArrayList<>();
        ring.peek(0, 4, seen);
        assertEquals(List.of(0, 1, 2), seen);
        long h = ends.head();
        assertTrue(ends.moveHead(h, h + 3 * Positions.ONE));
        for (int i = 0; i < 3; i++) {
            assertEquals(i, ring.takeClaimed(i));
        }
        assertTrue(ends.isEmptyAt(ends.head()));
        assertEquals(3, Positions.position(ring.offer(ends, 3)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64})
    void nothing_is_lost_or_doubled_between_two_senders_and_two_takers(int capacity) throws Exception {
        Positions ends = new Positions();
        MpmcRing<Integer> ring = new MpmcRing<>(capacity);
        int each = 50_000;
        AtomicLong sum = new AtomicLong();
        AtomicLong taken = new AtomicLong();
        List<Call<Void>> calls = new ArrayList<>();
        for (int n = 0; n < 2; n++) {
            int first = 1 + n * each;
            calls.add(Call.run(() -> {
                for (int i = first; i < first + each; i++) {
                    while (ring.offer(ends, i) == MpmcRing.FULL) {
                        Thread.yield();
                    }
                }
            }));
            calls.add(Call.run(() -> {
                while (taken.get() < 2L * each) {
                    Integer element = ring.poll(ends, ends.head());
                    if (element != null) {
                        sum.addAndGet(element);
                        taken.incrementAndGet();
                    } else {
                        Thread.yield();
                    }
                }
            }));
        }
        for (Call<Void> call : calls) {
            call.result();
        }
        assertEquals(each * (2L * each + 1), sum.get());
    }

    @Test
    void operations_on_one_slot_are_linearizable() {
        check(One.class);
    }

    @Test
    void operations_on_three_slots_are_linearizable() {
        check(Three.class);
    }

    private static void check(Class<?> operations) {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(3))
                .invocationsPerIteration(50)
                .threads(2)
                .actorsPerThread(3)
                .check(operations);
    }

    public static class One extends Operations {
        public One() {
            super(1);
        }
    }

    public static class Three extends Operations {
        public Three() {
            super(3);
        }
    }

    public abstract static class Operations {
        private final Positions ends = new Positions();
        private final MpmcRing<Integer> ring;

        Operations(int capacity) {
            ring = new MpmcRing<>(capacity);
        }

        @Operation
        public long offer(@Param(gen = IntGen.class) int element) {
            return ring.offer(ends, element);
        }

        @Operation
        public String take() {
            for (int tries = 0; ; tries = Positions.pause(tries)) {
                long h = ends.head();
                Integer element = ring.poll(ends, h);
                if (element != null) {
                    return element + " at " + Positions.position(h);
                }
                if (ends.isEmptyAt(h)) {
                    return "none";
                }
            }
        }

        @Operation
        public void shut() {
            ends.flagTail(Positions.SHUT);
        }
    }
}

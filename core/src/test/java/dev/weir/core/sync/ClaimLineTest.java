package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.sync.ClaimLine.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClaimLineTest {
    private final Thread me = Thread.currentThread();
    private final ClaimLine fair = new ClaimLine(WaiterOrder.firstCome());
    private final ClaimLine unfair = new ClaimLine(null);

    @Test
    void a_fair_line_signals_the_first_call_alone() {
        Claim large = fair.add(3, WaiterClass.NONE, 0);
        Claim small = fair.add(1, WaiterClass.NONE, 0);
        assertNull(fair.next(2));
        assertFalse(small.isSignalled());
        assertTrue(fair.isNext(large));
        assertFalse(fair.isNext(small));
        assertSame(me, fair.next(3));
        assertTrue(large.isSignalled());
    }

    @Test
    void an_unfair_line_signals_the_first_call_that_can_be_met() {
        unfair.add(3, WaiterClass.NONE, 0);
        Claim small = unfair.add(1, WaiterClass.NONE, 0);
        unfair.add(2, WaiterClass.NONE, 0);
        assertSame(me, unfair.next(2));
        assertTrue(small.isSignalled());
    }

    @Test
    void a_call_that_is_signalled_is_not_signalled_again_until_it_has_been_back() {
        Claim first = unfair.add(1, WaiterClass.NONE, 0);
        assertSame(me, unfair.next(1));
        assertNull(unfair.next(1));
        first.clearSignal();
        assertSame(me, unfair.next(1));
    }

    @Test
    void a_call_that_left_is_not_signalled_and_leaves_twice_without_harm() {
        Claim first = unfair.add(1, WaiterClass.NONE, 0);
        Claim second = unfair.add(1, WaiterClass.NONE, 0);
        unfair.remove(first);
        unfair.remove(first);
        assertEquals(1, unfair.size());
        assertSame(me, unfair.next(1));
        assertTrue(second.isSignalled());
        unfair.remove(second);
        assertTrue(unfair.isEmpty());
        assertNull(unfair.next(100));
    }

    @Test
    void the_order_of_arrival_holds_over_all_sizes() {
        long seed = System.nanoTime();
        System.out.println("the_order_of_arrival_holds_over_all_sizes seed " + seed);
        Random random = new Random(seed);
        List<Claim> waiting = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            if (waiting.isEmpty() || random.nextInt(3) != 0) {
                int permits = 1 + random.nextInt(8);
                waiting.add(unfair.add(permits, WaiterClass.NONE, 0));
                sizes.add(permits);
            } else {
                int available = 1 + random.nextInt(8);
                int expected = 0;
                while (expected < sizes.size() && sizes.get(expected) > available) {
                    expected++;
                }
                assertEquals(expected < sizes.size(), unfair.next(available) != null);
                if (expected < sizes.size()) {
                    assertTrue(waiting.get(expected).isSignalled());
                    unfair.remove(waiting.remove(expected));
                    sizes.remove(expected);
                }
            }
            assertEquals(waiting.size(), unfair.size());
        }
    }
}

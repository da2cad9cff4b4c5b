package dev.weir.core.internal.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Lines in the order of priorities, and in that of shares. */
class GroupedLineTest {
    private static final class Classed extends Waiter {
        final int number;
        final WaiterClass its;
        final long since;
        final long cost;

        Classed(int number, WaiterClass its, long since, long cost) {
            super(null);
            this.number = number;
            this.its = its;
            this.since = since;
            this.cost = cost;
        }

        @Override
        public long cost() {
            return cost;
        }

        @Override
        public long sinceNanos() {
            return since;
        }

        @Override
        public WaiterClass waiterClass() {
            return its;
        }

        @Override
        public String toString() {
            return number + "/" + its + " since " + since + ", cost " + cost;
        }
    }

    private static GroupedLine<Classed> line(WaiterOrder order) {
        return (GroupedLine<Classed>) order.<Classed>newLine();
    }

    private static Classed ofPriority(int priority, long since) {
        return new Classed(0, WaiterClass.NONE.withPriority(priority), since, 1);
    }

    private static Classed ofTenant(String tenant, long cost) {
        return new Classed(0, WaiterClass.NONE.withTenant(tenant), 0, cost);
    }

    private static List<Classed> inOrder(GroupedLine<Classed> line) {
        List<Classed> all = new ArrayList<>();
        line.forEach(all::add);
        return all;
    }

    private static List<Classed> served(GroupedLine<Classed> line) {
        List<Classed> served = new ArrayList<>();
        for (Classed first = line.peekFirst(); first != null; first = line.peekFirst()) {
            line.served(first);
            served.add(first);
        }
        return served;
    }

    @Test
    void a_level_of_priority_is_worth_the_ageing_and_no_more() {
        GroupedLine<Classed> line = line(WaiterOrder.priorities(Duration.ofNanos(100)));
        Classed low = ofPriority(0, 1_000);
        Classed high = ofPriority(2, 1_199);
        Classed late = ofPriority(2, 1_201);
        Classed lowest = ofPriority(-1, 1_050);
        List.of(low, high, late, lowest).forEach(line::add);
        assertEquals(List.of(high, low, late, lowest), inOrder(line));
        assertEquals(List.of(high, low, late, lowest), served(line));
        assertTrue(line.isEmpty());
        assertEquals(0, line.groups());
    }

    @Test
    void the_clock_may_wrap() {
        GroupedLine<Classed> line = line(WaiterOrder.priorities(Duration.ofNanos(10)));
        Classed before = ofPriority(1, Long.MAX_VALUE - 5);
        Classed after = ofPriority(0, Long.MIN_VALUE + 5);
        Classed higher = ofPriority(1_000, Long.MIN_VALUE + 6);
        line.add(after);
        line.add(before);
        line.add(higher);
        assertEquals(List.of(higher, before, after), served(line));
    }

    @Test
    void a_tenant_that_floods_does_not_delay_the_others() {
        GroupedLine<Classed> line = line(WaiterOrder.fairShares(Map.of("paid", 2)));
        List<Classed> flood = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            flood.add(ofTenant("free", 1));
            line.add(flood.get(i));
        }
        Classed one = ofTenant("paid", 1);
        Classed two = ofTenant("paid", 1);
        Classed three = ofTenant("paid", 1);
        List.of(one, two, three).forEach(line::add);
        List<Classed> expected = List.of(one, flood.get(0), two, three, flood.get(1));
        assertEquals(expected, inOrder(line).subList(0, 5));
        assertEquals(expected, served(line).subList(0, 5));
    }

    @Test
    void a_large_request_costs_as_much_as_so_many_small_ones() {
        GroupedLine<Classed> line = line(WaiterOrder.fairShares(Map.of()));
        Classed large = ofTenant("a", 3);
        Classed small = ofTenant("b", 1);
        Classed second = ofTenant("b", 1);
        Classed fourth = ofTenant("b", 2);
        List.of(large, small, second, fourth).forEach(line::add);
        assertEquals(List.of(small, second, large, fourth), served(line));
    }

    @Test
    void one_that_leaves_costs_its_tenant_nothing_and_may_make_another_one_the_first() {
        GroupedLine<Classed> line = line(WaiterOrder.fairShares(Map.of()));
        Classed large = ofTenant("a", 10);
        Classed behindIt = ofTenant("a", 1);
        Classed other = ofTenant("b", 2);
        List.of(large, behindIt, other).forEach(line::add);
        assertSame(other, line.peekFirst());
        assertTrue(line.remove(large));
        assertSame(behindIt, line.peekFirst());
        assertFalse(line.remove(large));
        assertFalse(line.contains(large));
        assertTrue(line.contains(behindIt));
        assertEquals(2, line.size());
    }

    @Test
    void a_tenant_without_anybody_waiting_is_not_remembered_and_saves_nothing_up() {
        GroupedLine<Classed> line = line(WaiterOrder.fairShares(Map.of()));
        for (int i = 0; i < 100; i++) {
            line.add(ofTenant("busy", 1));
            line.served(line.peekFirst());
        }
        assertEquals(0, line.groups());
        Classed busy = ofTenant("busy", 1);
        Classed idle = ofTenant("idle", 1);
        line.add(busy);
        line.add(idle);
        Classed idleToo = ofTenant("idle", 1);
        line.add(idleToo);
        assertEquals(List.of(busy, idle, idleToo), served(line));
    }

    @Test
    void a_waiter_of_another_line_is_none_of_this_one() {
        WaiterOrder order = WaiterOrder.fairShares(Map.of());
        GroupedLine<Classed> one = line(order);
        GroupedLine<Classed> other = line(order);
        Classed waiter = ofTenant("a", 1);
        one.add(waiter);
        assertFalse(other.contains(waiter));
        assertFalse(other.remove(waiter));
        other.served(waiter);
        assertThrows(IllegalStateException.class, () -> other.add(waiter));
        assertNull(other.peekFirst());
        assertEquals(0, other.size());
        assertEquals(0, other.groups(), "one that was not added leaves no group");
        assertTrue(one.remove(waiter));
        assertEquals(0, one.groups());
    }

    @Test
    void a_request_of_any_size_has_a_finite_place() {
        GroupedLine<Classed> line = line(WaiterOrder.fairShares(Map.of()));
        Classed huge = ofTenant("a", Long.MAX_VALUE);
        Classed hugeToo = ofTenant("b", Long.MAX_VALUE);
        Classed small = ofTenant("c", 1);
        List.of(huge, hugeToo, small).forEach(line::add);
        assertEquals(List.of(small, huge, hugeToo), served(line));
        Classed next = ofTenant("a", 1);
        line.add(next);
        assertEquals(List.of(next), served(line));
    }

    @Test
    void bad_ageings_weights_and_priorities_are_refused_with_their_values() {
        assertThrows(IllegalArgumentException.class, () -> WaiterOrder.priorities(Duration.ZERO));
        assertEquals(
                "ageing must be at most a day, but is PT24H0.000000001S",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> WaiterOrder.priorities(Duration.ofDays(1).plusNanos(1)))
                        .getMessage());
        assertEquals(
                "the weight of a must be from 1 to 1000, but is 0",
                assertThrows(IllegalArgumentException.class, () -> WaiterOrder.fairShares(Map.of("a", 0)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> WaiterOrder.fairShares(Map.of("a", 1_001)));
        assertEquals(
                "priority must be from -1000 to 1000, but is -2147483648",
                assertThrows(IllegalArgumentException.class, () -> WaiterClass.NONE.withPriority(Integer.MIN_VALUE))
                        .getMessage());
        assertEquals(1_000, WaiterClass.NONE.withPriority(1_000).priority());
        assertTrue(line(WaiterOrder.fairShares(Map.of("a", 1_000))).isEmpty());
        assertEquals("first come, first served", WaiterOrder.firstCome().toString());
        assertEquals(
                "priorities with an ageing of PT1S",
                WaiterOrder.priorities(Duration.ofSeconds(1)).toString());
        assertEquals("fair shares", WaiterOrder.fairShares(Map.of()).toString());
    }

    /** Waiters come, leave and are served at random; the order is compared with that of a list. */
    @Test
    void priorities_are_served_as_a_list_that_is_sorted_by_rank() {
        long seed = System.nanoTime();
        System.out.println("priorities_are_served seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            long ageing = 997;
            GroupedLine<Classed> line = line(WaiterOrder.priorities(Duration.ofNanos(ageing)));
            List<Classed> model = new ArrayList<>();
            long now = random.nextLong();
            for (int i = 0; i < 200; i++) {
                now += 1 + random.nextInt(50);
                int what = random.nextInt(4);
                if (what < 2) {
                    Classed waiter = new Classed(i, new WaiterClass(random.nextInt(7) - 3, "" + i), now, 1);
                    line.add(waiter);
                    model.add(waiter);
                } else if (!model.isEmpty()) {
                    Classed first = line.peekFirst();
                    Classed leaves = what == 2 ? first : model.get(random.nextInt(model.size()));
                    if (what == 2) {
                        long base = now;
                        long least = model.stream()
                                .mapToLong(w -> w.since - w.its.priority() * ageing - base)
                                .min()
                                .getAsLong();
                        assertEquals(least, first.since - first.its.priority() * ageing - base, "seed " + seed);
                        line.served(first);
                    } else {
                        assertTrue(line.remove(leaves));
                    }
                    model.remove(leaves);
                }
                assertEquals(model.size(), line.size());
            }
            List<Classed> expected = inOrder(line);
            assertEquals(expected, served(line), "seed " + seed);
            assertEquals(model.size(), expected.size());
            long base = now;
            Comparator<Classed> byRank = Comparator.comparingLong(w -> w.since - w.its.priority() * ageing - base);
            for (int i = 1; i < expected.size(); i++) {
                assertTrue(byRank.compare(expected.get(i - 1), expected.get(i)) <= 0, "seed " + seed);
            }
            assertEquals(0, line.groups());
        }
    }

    /** Tenants that always have somebody waiting, though some leave. */
    @Test
    void of_tenants_that_wait_none_gets_ahead_of_its_share_by_more_than_a_request() {
        long seed = System.nanoTime();
        System.out.println("of_tenants_that_wait seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            int tenants = 2 + random.nextInt(5);
            long most = 1 + random.nextInt(20);
            Map<String, Integer> weights = new HashMap<>();
            for (int i = 0; i < tenants; i++) {
                weights.put("" + i, 1 + random.nextInt(5));
            }
            GroupedLine<Classed> line = line(WaiterOrder.fairShares(weights));
            List<List<Classed>> waiting = new ArrayList<>();
            double[] got = new double[tenants];
            for (int i = 0; i < tenants; i++) {
                waiting.add(new ArrayList<>());
            }
            for (int step = 0; step < 500; step++) {
                for (int i = 0; i < tenants; i++) {
                    while (waiting.get(i).size() < 3) {
                        Classed waiter = ofTenant("" + i, 1 + random.nextLong(most));
                        line.add(waiter);
                        waiting.get(i).add(waiter);
                    }
                }
                if (random.nextInt(3) == 0) { // one that is not the only one of its tenant
                    List<Classed> some = waiting.get(random.nextInt(tenants));
                    assertTrue(line.remove(some.remove(random.nextInt(some.size()))));
                } else {
                    Classed first = line.peekFirst();
                    int tenant = Integer.parseInt(first.its.tenant());
                    assertSame(first, waiting.get(tenant).remove(0), "within a tenant they go as they came");
                    line.served(first);
                    got[tenant] += (double) first.cost / weights.get(first.its.tenant());
                }
                if (step % 50 == 0) {
                    assertEquals(line.size(), inOrder(line).size());
                }
                for (int i = 0; i < tenants; i++) {
                    for (int j = 0; j < tenants; j++) {
                        double bound = (double) most / weights.get("" + i) + (double) most / weights.get("" + j);
                        assertTrue(got[i] - got[j] <= bound * 1.01, got[i] + " and " + got[j] + ", seed " + seed);
                    }
                }
            }
            List<Classed> expected = inOrder(line);
            assertEquals(expected, served(line), "seed " + seed);
        }
    }

    @Test
    void first_come_first_served_looks_at_no_class() {
        assertFalse(WaiterOrder.firstCome().looksAtClasses());
        assertTrue(WaiterOrder.priorities(Duration.ofDays(1)).looksAtClasses());
        assertTrue(WaiterOrder.fairShares(Map.of()).looksAtClasses());
        WaiterLine<Classed> line = WaiterOrder.firstCome().newLine();
        Classed first = ofPriority(0, 2);
        Classed second = ofPriority(9, 1);
        line.add(first);
        line.add(second);
        assertSame(first, line.peekFirst());
        line.served(first);
        assertSame(second, line.peekFirst());
    }

    @Test
    void a_line_knows_in_how_many_groups_somebody_waits() {
        GroupedLine<Classed> line = line(WaiterOrder.fairShares(Map.of()));
        Classed one = ofTenant("one", 1);
        line.add(one);
        line.add(ofTenant("two", 1));
        line.add(ofTenant("two", 1));
        assertEquals(2, line.groups());
        line.remove(one);
        assertEquals(1, line.groups());
    }
}

package dev.weir.core.internal.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WaiterQueueTest {
    private static final class Numbered extends Waiter {
        final int number;

        Numbered(int number) {
            super(null);
            this.number = number;
        }
    }

    private final WaiterQueue<Numbered> queue = new WaiterQueue<>();

    private static List<Integer> numbers(WaiterQueue<Numbered> queue) {
        List<Integer> numbers = new ArrayList<>();
        for (Numbered waiter = queue.peekFirst(); waiter != null; waiter = queue.next(waiter)) {
            numbers.add(waiter.number);
        }
        return numbers;
    }

    @Test
    void waiters_leave_in_the_order_in_which_they_came_but_for_those_put_in_front() {
        assertTrue(queue.isEmpty());
        assertNull(queue.peekFirst());
        assertNull(queue.pollFirst());
        queue.addLast(new Numbered(1));
        queue.addLast(new Numbered(2));
        queue.addFirst(new Numbered(0));
        assertFalse(queue.isEmpty());
        assertEquals(3, queue.size());
        assertEquals(List.of(0, 1, 2), numbers(queue));
        assertEquals(0, queue.pollFirst().number);
        assertEquals(1, queue.peekFirst().number);
        assertEquals(1, queue.pollFirst().number);
        assertEquals(2, queue.pollFirst().number);
        assertNull(queue.pollFirst());
        assertEquals(0, queue.size());
    }

    @Test
    void a_waiter_leaves_once() {
        Numbered waiter = new Numbered(1);
        assertFalse(queue.remove(waiter));
        queue.addLast(waiter);
        assertTrue(queue.contains(waiter));
        assertTrue(queue.remove(waiter));
        assertFalse(queue.contains(waiter));
        assertFalse(queue.remove(waiter));
        assertEquals(0, queue.size());
        queue.addFirst(waiter);
        assertSame(waiter, queue.pollFirst());
        assertFalse(queue.remove(waiter));
    }

    @Test
    void a_waiter_stands_in_one_queue_at_a_time() {
        WaiterQueue<Numbered> other = new WaiterQueue<>();
        Numbered waiter = new Numbered(1);
        queue.addLast(waiter);
        assertThrows(IllegalStateException.class, () -> queue.addLast(waiter));
        assertThrows(IllegalStateException.class, () -> other.addFirst(waiter));
        assertFalse(other.remove(waiter));
        assertEquals(List.of(1), numbers(queue));
        assertTrue(other.isEmpty());
        assertNull(other.peekFirst());
    }

    @Test
    void waiters_may_be_taken_out_on_the_way() {
        for (int i = 0; i < 6; i++) {
            queue.addLast(new Numbered(i));
        }
        Numbered next;
        for (Numbered waiter = queue.peekFirst(); waiter != null; waiter = next) {
            next = queue.next(waiter);
            if (waiter.number % 2 == 0) {
                queue.remove(waiter);
            }
        }
        assertEquals(List.of(1, 3, 5), numbers(queue));
    }

    @Test
    void it_behaves_as_a_deque() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ArrayDeque<Numbered> model = new ArrayDeque<>();
        for (int step = 0; step < 20_000; step++) {
            String where = "seed " + seed + ", step " + step;
            switch (random.nextInt(4)) {
                case 0 -> {
                    Numbered waiter = new Numbered(step);
                    queue.addLast(waiter);
                    model.addLast(waiter);
                }
                case 1 -> {
                    Numbered waiter = new Numbered(step);
                    queue.addFirst(waiter);
                    model.addFirst(waiter);
                }
                case 2 -> assertSame(model.pollFirst(), queue.pollFirst(), where);
                default -> {
                    if (!model.isEmpty()) {
                        Numbered any = List.copyOf(model).get(random.nextInt(model.size()));
                        assertTrue(queue.remove(any), where);
                        assertTrue(model.remove(any));
                    }
                }
            }
            assertEquals(model.size(), queue.size(), where);
            assertEquals(model.stream().map(waiter -> waiter.number).toList(), numbers(queue), where);
        }
    }
}

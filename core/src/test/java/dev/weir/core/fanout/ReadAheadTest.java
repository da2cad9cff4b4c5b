package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
    private final ReadAhead readAhead = new ReadAhead();
    private final List<String> taken = new ArrayList<>();

    private boolean take() {
        return readAhead.take((index, item) -> taken.add(index + ":" + item));
    }

    private void fill(int firstIndex, String... items) {
        readAhead.prepare(items.length + 1, firstIndex); // room for one more, which the source did not have
        for (int i = 0; i < items.length; i++) {
            readAhead.put(firstIndex + i, items[i]);
        }
        readAhead.publish(firstIndex + items.length);
    }

    @Test
    void gives_what_was_put_in_order_and_then_nothing() {
        assertFalse(take());
        fill(5, "a", "b", null);
        assertFalse(readAhead.isEmpty());
        assertTrue(take() && take() && take());
        assertFalse(take());
        assertTrue(readAhead.isEmpty());
        assertEquals(List.of("5:a", "6:b", "7:null"), taken);
    }

    @Test
    void is_filled_again_with_more_and_with_fewer() {
        int index = 0;
        for (int count : new int[] {1, 2, 3, 1, 8, 9, 2, 1_000, 3}) {
            String[] items = new String[count];
            for (int i = 0; i < count; i++) {
                items[i] = "item" + (index + i);
            }
            fill(index, items);
            for (int i = 0; i < count; i++) {
                assertTrue(take());
                assertEquals((index + i) + ":item" + (index + i), taken.removeLast());
            }
            assertFalse(take());
            index += 2 * count; // others read in between
        }
    }

    @Test
    void what_is_put_is_not_to_be_had_before_it_is_published() {
        readAhead.prepare(2, 0);
        readAhead.put(0, "a");
        assertFalse(take());
        readAhead.publish(1);
        assertTrue(take());
    }

    @Test
    void is_stuck_if_nothing_was_taken_between_two_looks() {
        assertFalse(readAhead.isStuck());
        assertFalse(readAhead.isStuck(), "there is nothing to take");
        fill(0, "a", "b", "c");
        readAhead.isStuck();
        assertTrue(readAhead.isStuck());
        take();
        assertFalse(readAhead.isStuck());
        assertTrue(readAhead.isStuck());
        take();
        take();
        assertFalse(readAhead.isStuck());
        assertFalse(readAhead.isStuck());
    }
}

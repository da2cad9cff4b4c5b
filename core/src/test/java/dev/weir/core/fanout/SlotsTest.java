package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class SlotsTest {
    @Test
    void results_are_where_they_were_put_however_many_were_expected() {
        for (int expected : new int[] {-1, 0, 1, 2, 31, 100, 5_000}) {
            Slots slots = new Slots(expected);
            int count = 3_333;
            for (int i = 0; i < count; i++) {
                slots.reserve(i + 1);
                slots.set(i, i);
            }
            Object[] all = slots.toArray(count);
            assertEquals(count, all.length);
            for (int i = 0; i < count; i++) {
                assertEquals(i, all[i], "of " + expected);
            }
        }
    }

    @Test
    void if_the_number_was_right_the_array_is_not_copied() {
        Slots slots = new Slots(2);
        slots.set(0, "a");
        slots.set(1, "b");
        assertArrayEquals(new Object[] {"a", "b"}, slots.toArray(2));
        assertSame(slots.toArray(2), slots.toArray(2));
    }
}

package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.ForkedJvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An element goes one way, and a waiter leaves, also if there is no memory for the next step. */
@Timeout(240)
class NoMemoryTest {
    @Test
    void an_element_that_was_taken_out_to_make_room_is_handed_over_though_the_other_does_not_get_in() {
        OutOfMemoryError full = new OutOfMemoryError("expected");
        Buffer<Integer> buffer = new WrappedBuffer<>(new RingBuffer<>(1)) {
            @Override
            SendResult offer(Integer element) {
                if (element == 2) {
                    throw full;
                }
                return super.offer(element);
            }
        };
        List<Integer> undelivered = new ArrayList<>();
        Overflow<Integer> overflow = new Overflow<>(WhenFull.DROP_OLDEST, undelivered::add);
        assertEquals(SendResult.SENT, buffer.offer(1));
        assertSame(full, assertThrows(OutOfMemoryError.class, () -> overflow.handle(2, buffer)));
        assertEquals(List.of(1), undelivered);
        assertEquals(0, buffer.size());
    }

    @Test
    void a_select_that_finds_no_memory_leaves_all_lists_and_loses_no_element() throws Exception {
        String output = "";
        for (int i = 0; i < 3 && !output.contains("entered"); i++) { // or memory ended somewhere else
            output = ForkedJvm.run(List.of("-XX:+UseSerialGC", "-Xmx16m"), NoMemoryProgram.class);
        }
        assertTrue(output.contains("entered: received") && output.contains("taken: kept"), output);
    }
}

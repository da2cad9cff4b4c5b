package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenBodyTest {
    private final List<String> closed = new ArrayList<>();
    private final OpenBody open = new OpenBody();

    private AutoCloseable body(String name) {
        return () -> closed.add(name);
    }

    @Test
    void a_body_is_closed_when_another_attempt_begins_and_only_then() {
        open.arrived(open.next(), body("first"));
        assertEquals(List.of(), closed);
        open.arrived(open.next(), body("second"));
        assertEquals(List.of("first"), closed);
    }

    @Test
    void a_body_that_comes_when_its_attempt_is_over_is_closed_at_once() {
        long first = open.next();
        long second = open.next();
        open.arrived(second, body("second"));
        open.arrived(first, body("first"));
        assertEquals(List.of("first"), closed);
        open.end();
        assertEquals(List.of("first", "second"), closed);
        open.arrived(second, body("late"));
        open.end();
        assertEquals(List.of("first", "second", "late"), closed);
    }

    @Test
    void what_cannot_be_closed_is_left_alone() {
        open.arrived(open.next(), "text");
        open.arrived(open.next(), null);
        open.end();
    }
}

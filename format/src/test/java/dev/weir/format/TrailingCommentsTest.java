package dev.weir.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TrailingCommentsTest {
    private static final int WIDTH = 20;

    @Test
    void a_comment_that_makes_its_line_too_wide_moves_above_it() {
        assertEquals("""
                // too wide by one
                a();
            b(); // just so wide
            """, TrailingComments.moveUp("""
                    a(); // too wide by one
                b(); // just so wide
                """, WIDTH));
    }

    @Test
    void what_is_no_comment_on_code_stays() {
        String source = """
            // a comment of its own
            String s = "// a string";
            int i = /* a block */ 1 + 2;
            highlighted(i); // @highlight
            """;
        assertEquals(source, TrailingComments.moveUp(source, WIDTH));
    }
}

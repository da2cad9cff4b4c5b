package dev.weir.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineCommentsTest {
    private static final int WIDTH = 40;

    @Test
    void an_orphan_inside_a_paragraph_goes_back_to_the_others() {
        assertFilled("""
                // It is taken out under the lock by
                // whoever lets it through, or by
                // the waiter itself as it gives up.
            """, """
                // It is taken out under the lock by
                // whoever
                // lets it through, or by the waiter
                // itself as it gives up.
            """);
    }

    @Test
    void an_orphan_at_the_end_gets_company() {
        assertFilled("""
                // No lock is taken here: to wait
                // for it would.
            """, """
                // No lock is taken here: to wait for it
                // would.
            """);
    }

    @Test
    void an_orphan_at_the_end_of_a_sentence_gets_company() {
        assertFilled("""
            // One lock is taken here,
            // and it is this one.
            // The other is never taken.
            """, """
            // One lock is taken here, and it is this
            // one.
            // The other is never taken.
            """);
    }

    @Test
    void a_paragraph_without_an_orphan_stays_as_it_is() {
        assertStays("""
                // A short line
                // and another one, which ends here.
                // A sentence of its own.
                // Short.
            """);
    }

    @Test
    void what_is_too_wide_is_broken() {
        assertFilled("""
            // One two three four five six seven
            // eight nine ten eleven.
            """, """
            // One two three four five six seven eight nine ten
            // eleven.
            """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "// @start region=\"one\" and so on and so on",
                "//   an indented line that is too wide for it",
                "// - an item of a list that is far too wide for it",
                "// 1. an item of a list that is far too wide for it",
                "//noinspection of a very special kind, and wide",
                "// https://example.org/that/cannot/be/broken/at/all",
                "String s = \"// this is not a comment at all, or is it\";",
                "/* // neither is this here, as a block comment goes */",
            })
    void what_is_no_prose_stays(String line) {
        assertStays(line + "\n");
    }

    @Test
    void two_comments_are_not_joined_across_code_or_a_change_of_indent() {
        assertStays("""
            // No lock is taken: to wait would do so
            a(); // here
            // since then.
                // no.
            """);
    }

    @Test
    void a_paragraph_that_has_no_better_form_stays() {
        assertStays("""
            // https://example.org/that/cannot/be/br
            // https://example.org/that/cannot/be/br
            // https://example.org/that
            """);
    }

    private static void assertFilled(String expected, String source) {
        assertEquals(expected, LineComments.fill(source, WIDTH));
        assertStays(expected);
    }

    private static void assertStays(String source) {
        assertEquals(source, LineComments.fill(source, WIDTH));
    }
}

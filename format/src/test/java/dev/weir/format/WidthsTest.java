package dev.weir.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WidthsTest {
    private static final int WIDTH = 30;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "    int a = 1 + 2 + 3 + 4 + 5 + 6;",
                "    int a; // of the letters of it",
                "    // of the letters of it, and so on",
                "    /** Of the letters, and so on. */",
                "     * of the letters of it, and so",
                "     * See {@link String#trim()} and so",
                "     * https://example.org/a/b/c/d for it",
                "     * @see String for what it does there",
                "    \"a text that may be broken\" + b",
            })
    void a_line_that_can_be_broken_is_reported(String line) {
        assertEquals(List.of(2), Widths.tooWide("\n" + line + "\n" + line.substring(0, WIDTH), WIDTH));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "import static java.util.concurrent.TimeUnit.SECONDS;",
                "    // https://example.org/a/b/c/d",
                "     * https://example.org/a/b/c/d.",
                "     * {@snippet file=\"a/b/C.java\" region=\"d\"}",
                "     * {@link java.util.Map#merge(Object, Object)}),",
                "    /** {@link java.util.Map#merge(Object, Object)} */",
                "     * @see <a href=\"https://example.org/a/b/c/d\">it</a>",
                "     *     href=\"https://example.org/a/b/c/d/e\">it</a>",
            })
    void a_word_that_cannot_be_broken_is_not(String line) {
        assertEquals(List.of(), Widths.tooWide("\n" + line + "\n", WIDTH));
    }

    @Test
    void a_character_outside_the_basic_plane_counts_once() {
        assertEquals(List.of(), Widths.tooWide("// a " + "\uD83D\uDE00".repeat(25), WIDTH));
        assertEquals(List.of(1), Widths.tooWide("// a " + "\uD83D\uDE00".repeat(26), WIDTH));
    }
}

package dev.weir.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SourceFormatTest {
    private static final String WORDS_118 = "word ".repeat(23) + "end";

    private final SourceFormat format = new SourceFormat();

    @Test
    void code_is_formatted() throws Exception {
        assertEquals("class A {\n    int a = 1;\n}\n", format.format("class A { int a=1; }"));
    }

    @Test
    void javadoc_is_filled_to_the_width() throws Exception {
        String formatted = format.format("/** " + WORDS_118 + " of it. */\nclass A {}\n");
        assertEquals("/**\n * " + WORDS_118.replace(" end", "") + "\n * end of it.\n */\nclass A {}\n", formatted);
        assertEquals(List.of(), SourceFormat.problems(formatted));
    }

    @Test
    void an_inline_tag_moves_to_the_next_line_as_a_whole() throws Exception {
        String formatted =
                format.format("/** " + WORDS_118.replace(" end", "") + " {@link String#trim()}. */\nclass A {}");
        assertTrue(formatted.contains("word\n * {@link String#trim()}.\n"), formatted);
    }

    @Test
    void drawings_and_tables_in_javadoc_stay() throws Exception {
        String source = """
            /**
             * A state.
             *
             * <pre>
             *   NEW --start--&gt;  RUNNING
             *    |                 |
             * </pre>
             *
             * <table>
             *   <tr><td>a</td>   <td>b</td></tr>
             * </table>
             */
            class A {}
            """;
        assertEquals(source, format.format(source));
    }

    @Test
    void a_snippet_stays_and_gets_no_paragraph() throws Exception {
        String source = """
            class A {
                /**
                 * A method.
                 *
                 * {@snippet :
                 * if (a) { // a   comment
                 *     b();
                 * }
                 * }
                 *
                 * {@snippet file="A.java" region="b"}
                 */
                void a() {}
            }
            """;
        assertEquals(source, format.format(source));
    }

    @Test
    void a_snippet_moves_with_its_comment() throws Exception {
        assertEquals("""
            class A {
                /**
                 * A method.
                 *
                 * {@snippet :
                 *   b();
                 * }
                 */
                void a() {}
            }
            """, format.format("""
                class A {
                        /**
                         * A method.
                         *
                         * {@snippet :
                         *   b();
                         * }
                         */
                        void a() {}
                }
                """));
    }

    @Test
    void a_method_with_javadoc_has_an_empty_line_before_it() throws Exception {
        assertEquals("""
            interface A {
                int ONE = 1;
                /** A field needs none. */
                int TWO = 2;

                /** A method does. */
                void a();

                // So does this.
                /** Another one. */
                default void b() {
                    a();
                }

                /** A type. */
                enum C {
                    D,
                    /** A constant needs none. */
                    E
                }
            }
            """, format.format("""
                interface A {
                    int ONE = 1;
                    /** A field needs none. */
                    int TWO = 2;
                    /** A method does. */
                    void a();
                    // So does this.
                    /** Another one. */
                    default void b() {
                        a();
                    }
                    /** A type. */
                    enum C {
                        D,
                        /** A constant needs none. */
                        E
                    }
                }
                """));
    }

    @Test
    void a_comment_that_is_too_wide_is_filled_with_the_lines_after_it() throws Exception {
        assertEquals(
                "class A {\n    // " + "word ".repeat(21) + "word\n    // word end goes on.\n    int a;\n}\n",
                format.format("class A {\n    // " + WORDS_118 + "\n    // goes on.\n    int a;\n}\n"));
    }

    @Test
    void a_comment_behind_code_that_does_not_fit_moves_above_the_code() throws Exception {
        assertEquals(
                "class A {\n    // " + WORDS_118.replace(" word end", "") + "\n    // word end of it\n    int a;\n}\n",
                format.format("class A {\n    int a; // " + WORDS_118 + " of it\n}\n"));
    }

    @Test
    void a_line_that_nothing_mends_is_a_problem() throws Exception {
        String drawing = "/**\n * A.\n *\n * <pre>\n * " + WORDS_118 + "\n * </pre>\n */\nclass A {}\n";
        assertEquals(drawing, format.format(drawing));
        assertEquals(List.of("5: wider than 120 columns"), SourceFormat.problems(drawing));
    }
}

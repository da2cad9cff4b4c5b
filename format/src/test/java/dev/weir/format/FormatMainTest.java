package dev.weir.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatMainTest {
    private static final String GOOD = "class A {\n    int a;\n}\n";
    private static final String BAD = "class A { int a; }\n";

    @TempDir
    Path root;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    void a_formatted_tree_passes() throws Exception {
        write("core/src/main/java/A.java", GOOD);
        assertTrue(run(false));
        assertEquals("", printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void the_check_fails_and_changes_nothing() throws Exception {
        write("core/src/main/java/A.java", GOOD);
        Path bad = write("retry/src/test/java/A.java", BAD);
        assertFalse(run(false));
        assertTrue(printed.toString(StandardCharsets.UTF_8).startsWith("retry/src/test/java/A.java: not formatted\n"));
        assertEquals(BAD, Files.readString(bad));
    }

    @Test
    void replace_mends_and_succeeds() throws Exception {
        Path bad = write("core/src/main/java/A.java", BAD);
        assertTrue(run(true));
        assertEquals(GOOD, Files.readString(bad));
    }

    @Test
    void replace_fails_on_what_it_cannot_mend() throws Exception {
        write("core/src/main/java/A.java", "/**\n * A.\n *\n * <pre>" + "a ".repeat(60) + "</pre>\n */\nclass A{}\n");
        assertFalse(run(true));
        assertEquals("core/src/main/java/A.java:5: wider than 120 columns\n", printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void a_file_that_cannot_be_parsed_fails_the_check() throws Exception {
        write("core/src/main/java/A.java", "class A {\n");
        assertFalse(run(false));
        assertTrue(
                printed.toString(StandardCharsets.UTF_8).startsWith("core/src/main/java/A.java: cannot be formatted"));
    }

    @Test
    void a_folder_without_sources_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> run(false));
    }

    private Path write(String name, String source) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, source);
    }

    private boolean run(boolean replace) throws IOException {
        return new FormatMain(root, replace).run(new PrintStream(printed, true, StandardCharsets.UTF_8));
    }
}

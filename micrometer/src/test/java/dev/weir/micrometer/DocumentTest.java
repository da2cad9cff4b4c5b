package dev.weir.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The code that docs/micrometer.md shows is that of {@link MicrometerSnippets}. */
class DocumentTest {
    private static final Path PAGE = Path.of("../docs/micrometer.md");
    private static final Path SOURCE = Path.of("src/test/java/dev/weir/micrometer/MicrometerSnippets.java");
    private static final Pattern BLOCK = Pattern.compile("(?sm)^```java MicrometerSnippets\\.([\\w-]+)\n(.*?)^```$");

    @Test
    void each_block_is_the_compiled_code() throws IOException {
        String source = Files.readString(SOURCE);
        Matcher blocks = BLOCK.matcher(Files.readString(PAGE));
        int count = 0;
        while (blocks.find()) {
            Matcher region = Pattern.compile("(?s) *// @start region=\"" + blocks.group(1) + "\"\n(.*?)\n *// @end")
                    .matcher(source);
            assertTrue(region.find(), blocks.group(1));
            assertEquals(region.group(1).stripTrailing().stripIndent() + "\n", blocks.group(2));
            count++;
        }
        assertEquals(5, count);
    }
}

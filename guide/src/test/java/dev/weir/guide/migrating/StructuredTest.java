package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.Deadline;
import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StructuredTest {
    private static String all() throws IOException, InterruptedException {
        // @start region="all"
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            Subtask<String> user = scope.fork(() -> Calls.lookup("user"));
            Subtask<String> orders = scope.fork(() -> Calls.lookup("orders"));
            scope.join(); // throws the IOException itself
            return user.get() + ", " + orders.get();
        }
        // @end
    }

    private static Object first(List<String> mirrors) throws IOException, InterruptedException {
        // @start region="first"
        try (TaskScope<IOException> scope = TaskScope.builder()
                .named("mirrors")
                .deadline(Deadline.after(Duration.ofSeconds(10)))
                .firstSuccess()) {
            mirrors.forEach(mirror -> scope.fork(() -> Calls.lookup(mirror)));
            scope.join(); // or a CancellationException, caused by a TimeoutException
            return scope.winner().get();
        }
        // @end
    }

    @Test
    void our_side() throws Exception {
        assertEquals("value of user, value of orders", all());
        assertEquals("value of a", first(List.of("a", "a")));
    }

    /** The other side needs a preview of Java 25, which this build's release does not have. */
    @Test
    @Timeout(300)
    void their_side_does_the_same() throws Exception {
        Assumptions.assumeTrue(Runtime.version().feature() == 25, "the preview of Java 25 differs from others");
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-preview",
                        "--source",
                        "25",
                        "src/test/preview/StructuredCode.java")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, java.waitFor());
        assertEquals("value of user, value of orders\nvalue of a\n", printed);
    }
}

package dev.weir.jcstress.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import org.junit.jupiter.api.Test;

/** The Javadoc says of each public type what a user must know to share it between threads. */
class JavadocContractTest {
    /** Surefire runs in the module's folder. */
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final List<String> SEARCH_WORDS = List.of(
            "Retry-After",
            "backoff",
            "backpressure",
            "bulkhead",
            "circuit breaker",
            "deadline",
            "fan-out",
            "GCRA",
            "hedged request",
            "jitter",
            "leaky bucket",
            "rate limiting",
            "structured concurrency",
            "thread pool",
            "throttling",
            "timeout");

    private final PublicSources sources = PublicSources.of(ROOT);

    @Test
    void every_public_type_says_how_threads_may_use_it() {
        assertTrue(sources.types().size() > 100, "found only " + sources.types().size());
        assertEquals(
                List.of(),
                sources.types().stream()
                        .flatMap(type -> JavadocContract.missing(type).stream())
                        .toList(),
                "missing in the Javadoc");
    }

    @Test
    void every_package_page_helps_to_choose_and_states_the_memory_consistency() {
        assertTrue(
                sources.packageDocs().size() > 10,
                "found only " + sources.packageDocs().keySet());
        assertEquals(
                List.of(),
                sources.packageDocs().entrySet().stream()
                        .flatMap(page -> JavadocContract.missing(page, hasDurations(page.getKey())).stream())
                        .sorted()
                        .toList(),
                "missing in the page of a package");
    }

    private boolean hasDurations(String packageName) {
        return sources.types().stream()
                .anyMatch(type -> type.packageName().equals(packageName)
                        && !type.durations().isEmpty());
    }

    @Test
    void every_picture_of_a_package_page_is_there_and_has_a_text_instead() throws IOException {
        for (var page : sources.packageDocs().entrySet()) {
            var picture = Pattern.compile("<img src=\"(doc-files/[\\w.-]+)\"\\s+alt=\"[^\"]{20,}\"")
                    .matcher(page.getValue());
            assertTrue(picture.find(), page.getKey());
            try (Stream<Path> modules = Files.list(ROOT)) {
                assertTrue(
                        modules.map(module -> module.resolve("src/main/java")
                                        .resolve(page.getKey().replace('.', '/'))
                                        .resolve(picture.group(1)))
                                .anyMatch(Files::exists),
                        page.getKey() + " has no " + picture.group(1));
            }
        }
    }

    @Test
    void what_people_search_for_is_in_the_index() {
        String all = Stream.concat(
                        sources.packageDocs().values().stream(),
                        sources.types().stream().map(PublicSources.Type::doc))
                .collect(Collectors.joining("\n"))
                .replaceAll("\\s+", " ");
        assertEquals(
                List.of(),
                SEARCH_WORDS.stream()
                        .filter(word -> !all.contains("{@index " + word) && !all.contains("{@index \"" + word + "\""))
                        .toList(),
                "no @index");
    }

    @Test
    void a_type_without_sections_is_found() throws IOException {
        assertEquals(
                List.of(
                        "example.Latch: Thread-safety",
                        "example.Latch: Blocking",
                        "example.Latch: Interruption",
                        "example.Latch: Fairness",
                        "example.Latch: Memory effects",
                        "example.Latch.await timeout: range",
                        "example.Latch.left returns: range"),
                missing("A latch.", "how long", "what is left"));
    }

    @Test
    void a_section_without_a_word_is_missing() throws IOException {
        String sections = "<p><b>Thread-safety.</b> All is. <b>Blocking.</b> Waits. <b>Interruption.</b> Ends it. "
                + "<b>Fairness.</b> <b>Memory effects.</b> As a lock.";
        assertEquals(
                List.of("example.Latch: Fairness"),
                missing(sections, "how long, positive", "what is left, never negative"));
    }

    @Test
    void what_does_not_block_is_neither_interrupted_nor_fair() throws IOException {
        String sections = "<p><b>Thread-safety.</b> Immutable. Nothing blocks.";
        assertEquals(List.of(), missing(sections, "how long; zero does not wait", "what is left, zero or more"));
    }

    private static List<String> missing(String typeDoc, String timeoutDoc, String returnDoc) throws IOException {
        String source = """
            package example;
            /** %s */
            public final class Latch {
                /**
                 * Waits.
                 * @param timeout %s
                 */
                public void await(Duration timeout) {}
                /**
                 * Looks.
                 * @return %s
                 */
                public Duration left() { return null; }
                /**
                 * Nobody sees this.
                 * @param secret how long
                 */
                void hidden(Duration secret) {}
            }
            """.formatted(typeDoc, timeoutDoc, returnDoc);
        return PublicSources.ofSource(inMemory(source)).types().stream()
                .flatMap(type -> JavadocContract.missing(type).stream())
                .toList();
    }

    private static JavaFileObject inMemory(String source) {
        return new SimpleJavaFileObject(URI.create("string:///example/Latch.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
    }
}

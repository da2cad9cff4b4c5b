package dev.weir.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** Fails at its first call and answers the others. */
    private static ReadmeSnippets.Api flaky() {
        AtomicInteger calls = new AtomicInteger();
        return key -> {
            if (calls.incrementAndGet() == 1) {
                throw new IOException("try again");
            }
            return "answer to " + key;
        };
    }

    @Test
    void the_code_does_what_the_readme_says() throws Exception {
        ReadmeSnippets.Api api = key -> "answer to " + key;
        assertEquals("answer to key", ReadmeSnippets.limit(api));
        assertEquals("answer to keyanswer to key", ReadmeSnippets.retry(flaky(), RateLimiter.of(Rate.perSecond(100))));
        assertEquals(10, ReadmeSnippets.pool());
        assertEquals(List.of("answer to a", "answer to b"), ReadmeSnippets.fanOut(List.of("a", "b"), api));
        List<Integer> store = new ArrayList<>();
        ReadmeSnippets.pipeline(List.of("a", "bb"), api, store);
        assertEquals(List.of(11, 12), store.stream().sorted().toList());
        assertEquals("answer to key", ReadmeSnippets.time(flaky()));
    }

    @Test
    void the_code_in_the_readme_is_the_code_that_is_tested() throws IOException {
        String source = Files.readString(Path.of("src/test/java/dev/weir/examples/ReadmeSnippets.java"));
        List<String> tested = groups("(?s)// @start region=\"\\w+\"\n(.*?)\n *// @end", source).stream()
                .map(String::stripIndent)
                .toList();
        List<String> shown = groups("(?s)```java\n(.*?)\n```", readme());
        assertEquals(6, tested.size());
        assertEquals(tested, shown);
    }

    private static List<String> groups(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    @Test
    void the_readme_is_short_and_its_links_lead_somewhere() throws IOException {
        assertTrue(readme().lines().count() <= 200);
        for (String link : groups("\\]\\((?!https?:)([^)#]+)[^)]*\\)", readme())) {
            assertTrue(Files.exists(ROOT.resolve(link)), link);
        }
    }
}

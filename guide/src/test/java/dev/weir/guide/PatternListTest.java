package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each pattern of the list is an entry of the guide, and each entry has all its parts. */
class PatternListTest {
    private static final List<String> PATTERNS = List.of(
            "Thread-pool map",
            "Thousands of I/O tasks",
            "A worker pool with a queue, dynamic size, priorities and cancellation",
            "The swallowed exception",
            "Gather, with exceptions kept",
            "As completed",
            "First completed, and race",
            "A task group that cancels its siblings",
            "Time-outs, and which tasks finished",
            "Shield",
            "CPU work in chunks over all cores",
            "Semaphore-limited fetch",
            "Token bucket",
            "Minimum interval",
            "Retry with linear and exponential backoff",
            "Retry-After",
            "Producer-consumer with a clean end",
            "Three-stage pipeline",
            "Event",
            "Reentrant lock",
            "Keyed lock",
            "The race, shown and fixed",
            "The deadlock, shown and fixed by order and by time-out",
            "Daemon and named threads",
            "Thread-local state, carried",
            "Blocking work from async code, and back",
            "Async iteration",
            "WebSocket server and clients",
            "Rate-limited scraper",
            "Fetch, process, store",
            "Files of a folder",
            "Real-time windows",
            "State shared across processes");
    private static final List<String> PARTS =
            List.of("**The problem.**", "```java", "**What Weir removes.**", "**When not.**");

    @Test
    void every_pattern_is_an_entry_with_all_its_parts() throws IOException {
        Map<String, String> entries = entries();
        List<String> missing = new ArrayList<>();
        for (String pattern : PATTERNS) {
            String entry = entries.get(pattern);
            if (entry == null) {
                missing.add("no entry: " + pattern);
                continue;
            }
            PARTS.stream()
                    .filter(part -> !entry.contains(part))
                    .forEach(part -> missing.add(pattern + " lacks " + part));
        }
        assertEquals("", String.join("\n", missing));
    }

    @Test
    void the_start_page_leads_to_every_entry() throws IOException {
        String start = Files.readString(Documents.ROOT.resolve("docs/guide/README.md"));
        assertEquals(
                List.of(),
                PATTERNS.stream()
                        .filter(pattern -> !start.contains("[" + pattern + "]("))
                        .toList());
    }

    private static Map<String, String> entries() throws IOException {
        Map<String, String> entries = new HashMap<>();
        for (Path page : Documents.pages()) {
            for (String part : Files.readString(page).split("(?m)^## ")) {
                entries.put(part.lines().findFirst().orElse(""), part);
            }
        }
        return entries;
    }
}

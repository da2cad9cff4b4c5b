package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DocumentsTest {
    private static final Set<String> WITHOUT_A_TEST = Set.of("text", "mermaid", "xml");

    @Test
    void the_code_of_the_pages_is_the_code_that_is_tested() throws IOException {
        Map<String, String> regions = Documents.regions();
        List<String> wrong = new ArrayList<>();
        Set<String> shown = new HashSet<>();
        for (Path page : Documents.pages()) {
            if ("replace".equals(System.getProperty("guide.mode"))) {
                Documents.replace(page, regions);
            }
            for (Documents.Block block : Documents.blocks(page)) {
                String place = page.getFileName() + ": " + block.language() + " " + block.name();
                if (WITHOUT_A_TEST.contains(block.language())) {
                    continue;
                }
                shown.add(block.name());
                String tested = regions.get(block.name());
                if (tested == null) {
                    wrong.add(place + " names no region: " + block.code());
                } else if (!tested.equals(block.code())) {
                    wrong.add(place + " differs from what is tested; run with -Dguide.mode=replace");
                }
            }
        }
        regions.keySet().stream()
                .filter(name -> !shown.contains(name))
                .forEach(name -> wrong.add(name + " is tested and shown nowhere"));
        assertEquals("", String.join("\n", wrong));
        assertTrue(shown.size() > 50, () -> "only " + shown);
    }

    @Test
    void a_page_begins_with_its_title_and_its_links_lead_somewhere() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path page : Documents.pages()) {
            String text = Files.readString(page);
            if (!text.startsWith("# ")) {
                wrong.add(page.getFileName() + " has no title");
            }
            for (String link : groups("\\]\\((?!https?:)([^)]+)\\)", text)) {
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty()
                        ? page
                        : page.resolveSibling(parts[0]).normalize();
                if (!Files.exists(target)) {
                    wrong.add(page.getFileName() + " -> " + link);
                } else if (parts.length == 2 && !anchors(target).contains(parts[1])) {
                    wrong.add(page.getFileName() + " -> " + link + ": no such heading");
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
    }

    /** The anchors of the headings, as GitHub and most site generators make them. */
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new HashSet<>();
        for (String heading : groups("(?m)^#+ (.*)$", Files.readString(page))) {
            anchors.add(heading.toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\w\\- ]", "")
                    .replace(' ', '-'));
        }
        return anchors;
    }

    private static List<String> groups(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }
}

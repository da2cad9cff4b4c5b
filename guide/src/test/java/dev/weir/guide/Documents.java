package dev.weir.guide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The pages of {@code docs/guide} and {@code docs/migrating}, and those on what all parts have in common, with the code
 * that they show. A code block names in its first line the class and the region that it shows: {@code ```java
 * GatherTest.as-completed}.
 */
final class Documents {
    static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final List<String> COMMON = List.of("context", "fleet", "incidents", "jfr", "metrics");
    private static final Path SOURCES = Path.of("src/test");
    private static final Pattern REGION = Pattern.compile("(?s) *// @start region=\"([\\w-]+)\"\n(.*?)\n *// @end");
    private static final Pattern BLOCK = Pattern.compile("(?sm)^```(\\S*)(?: ([^\n]*))?\n(.*?)^```$");

    private Documents() {}

    /** A code block: its language, what it names, and its code. */
    record Block(Path page, String language, String name, String code) {}

    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        COMMON.forEach(page -> pages.add(ROOT.resolve("docs/" + page + ".md")));
        for (String folder : List.of("docs/guide", "docs/migrating")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                pages.addAll(files.filter(file -> file.toString().endsWith(".md"))
                        .sorted()
                        .toList());
            }
        }
        return pages;
    }

    static List<Block> blocks(Path page) throws IOException {
        return BLOCK.matcher(Files.readString(page))
                .results()
                .map(found ->
                        new Block(page, found.group(1), found.group(2) == null ? "" : found.group(2), found.group(3)))
                .toList();
    }

    /** The tested code: for instance the lines of {@code GatherTest.as-completed}. */
    static Map<String, String> regions() throws IOException {
        Map<String, String> regions = new LinkedHashMap<>();
        List<Path> sources;
        try (Stream<Path> files = Files.walk(SOURCES)) {
            sources = files.filter(file -> file.toString().endsWith(".java")).toList();
        }
        for (Path source : sources) {
            String type = source.getFileName().toString().replace(".java", "");
            Matcher found = REGION.matcher(Files.readString(source));
            while (found.find()) {
                String name = type + "." + found.group(1);
                if (regions.put(name, found.group(2).stripTrailing().stripIndent() + "\n") != null) {
                    throw new IllegalStateException("two regions " + name);
                }
            }
        }
        return regions;
    }

    /** Copies the tested code into the blocks that name it. */
    static void replace(Path page, Map<String, String> regions) throws IOException {
        String text = Files.readString(page);
        String replaced = BLOCK.matcher(text).replaceAll(found -> {
            String code = found.group(2) == null ? null : regions.get(found.group(2));
            return Matcher.quoteReplacement(
                    code == null ? found.group() : "```" + found.group(1) + " " + found.group(2) + "\n" + code + "```");
        });
        if (!replaced.equals(text)) {
            Files.writeString(page, replaced);
        }
    }
}

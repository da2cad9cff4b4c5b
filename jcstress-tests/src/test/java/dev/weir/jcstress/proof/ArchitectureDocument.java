package dev.weir.jcstress.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What docs/architecture.md says of packages and classes.
 *
 * <p>The picture of packages is the one Mermaid flowchart. It consists of subgraphs, one for each artifact with a line
 * for each of its packages, and of arrows, written {@code from --> to & to}. The names of packages are without
 * {@code dev.weir.}.
 *
 * <p>A journey has a heading of the third level in the section "Journeys", and numbered steps. It names classes, and
 * their methods with the class, in backticks and with a capital letter: perhaps one in the heading, which then is its
 * first step, and one at the beginning of each step at least.
 */
final class ArchitectureDocument {
    private static final Pattern SUBGRAPH = Pattern.compile("subgraph (\\S+)");
    private static final Pattern PACKAGE = Pattern.compile("[a-z][\\w.]*");
    private static final Pattern ARROWS = Pattern.compile("([a-z][\\w.]*) --> ([a-z][\\w.]*(?: & [a-z][\\w.]*)*)");
    private static final Pattern STEP = Pattern.compile("\\d+\\. .*");
    private static final Pattern NAME = Pattern.compile("`([A-Z]\\w*(?:\\.\\w+)*)(?:\\([^`]*\\))?`");

    /** By artifact, its packages. */
    final SortedMap<String, SortedSet<String>> artifacts = new TreeMap<>();

    /** By package, those to which an arrow leads. */
    final SortedMap<String, SortedSet<String>> arrows = new TreeMap<>();

    /** By heading, the names of each step. */
    final SortedMap<String, List<List<String>>> journeys = new TreeMap<>();

    ArchitectureDocument(List<String> lines) {
        int begin = lines.indexOf("```mermaid");
        int end = begin + lines.subList(begin + 1, lines.size()).indexOf("```") + 1;
        if (begin < 0 || end == begin || !lines.get(begin + 1).startsWith("flowchart ")) {
            throw new IllegalArgumentException("no flowchart");
        }
        readPicture(lines.subList(begin + 2, end));
        int section = lines.indexOf("## Journeys");
        if (section >= 0) {
            readJourneys(lines.subList(section + 1, lines.size()));
        }
    }

    private void readPicture(List<String> lines) {
        SortedSet<String> packages = null;
        for (String line : lines) {
            String content = line.strip();
            Matcher subgraph = SUBGRAPH.matcher(content);
            Matcher arrow = ARROWS.matcher(content);
            if (subgraph.matches() && packages == null) {
                packages = artifacts.computeIfAbsent(subgraph.group(1), absent -> new TreeSet<>());
            } else if (content.equals("end") && packages != null) {
                packages = null;
            } else if (packages != null && PACKAGE.matcher(content).matches()) {
                packages.add(content);
                arrows.putIfAbsent(content, new TreeSet<>());
            } else if (packages == null && arrow.matches()) {
                arrows.computeIfAbsent(arrow.group(1), absent -> new TreeSet<>())
                        .addAll(List.of(arrow.group(2).split(" & ")));
            } else if (!content.isEmpty()) {
                throw new IllegalArgumentException("neither artifact, package nor arrow: " + line);
            }
        }
    }

    private void readJourneys(List<String> lines) {
        List<List<String>> steps = List.of();
        for (String line : lines) {
            if (line.startsWith("## ")) {
                return;
            }
            List<String> names =
                    NAME.matcher(line).results().map(name -> name.group(1)).toList();
            if (line.startsWith("### ")) {
                steps = journeys.computeIfAbsent(line.substring("### ".length()), absent -> new ArrayList<>());
                if (!names.isEmpty()) {
                    steps.add(new ArrayList<>(names));
                }
            } else if (STEP.matcher(line).matches()) {
                steps.add(new ArrayList<>(names));
            } else if (!names.isEmpty() && !steps.isEmpty()) {
                steps.getLast().addAll(names);
            }
        }
    }
}

package dev.weir.jcstress.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.pipeline.Pipeline;
import dev.weir.ratelimit.Rate;
import dev.weir.retry.Retry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** docs/architecture.md shows the packages as they depend on each other, and names classes that exist. */
class ArchitectureDocumentTest {
    private static final Map<String, Class<?>> ARTIFACTS = Map.of(
            "weir-core", Deadline.class,
            "weir-ratelimit", Rate.class,
            "weir-retry", Retry.class,
            "weir-pipeline", Pipeline.class);

    private static final String ROOT = "dev.weir.";

    private final ClassGraph real = new ClassGraph();
    private final ArchitectureDocument document;

    ArchitectureDocumentTest() throws IOException {
        ARTIFACTS.values().forEach(real::add);
        // Surefire runs in the module's folder.
        document = new ArchitectureDocument(Files.readAllLines(Path.of("../docs/architecture.md")));
    }

    @Test
    void the_picture_has_every_package_in_its_artifact() {
        SortedMap<String, SortedSet<String>> packages = new TreeMap<>();
        ARTIFACTS.forEach((artifact, type) -> packages.put(
                artifact, shortNames(new ClassGraph().add(type).packages().keySet())));
        assertEquals(packages, document.artifacts);
    }

    @Test
    void every_dependency_between_packages_is_an_arrow_and_every_arrow_is_one() {
        SortedSet<String> missing = arrows(shortNames(real.packages()));
        missing.removeAll(arrows(document.arrows));
        SortedSet<String> superfluous = arrows(document.arrows);
        superfluous.removeAll(arrows(shortNames(real.packages())));
        assertEquals(
                "missing [], superfluous []",
                "missing " + missing + ", superfluous " + superfluous,
                () -> "the picture should have these arrows:\n" + mermaid(shortNames(real.packages())));
    }

    @Test
    void packages_form_no_cycle() {
        assertEquals(Set.of(), ClassGraph.cycle(real.packages()));
    }

    @Test
    void there_is_each_journey_with_several_steps() {
        assertEquals(
                List.of(
                        "A permit",
                        "A task",
                        "An attempt",
                        "An element in a channel",
                        "An element in a pipeline",
                        "An item in a bulk call",
                        "An item"),
                document.journeys.keySet().stream()
                        .map(heading -> heading.split(":")[0])
                        .toList());
        document.journeys.forEach((heading, steps) -> assertTrue(steps.size() > 2, heading));
    }

    @Test
    void every_step_begins_with_a_name_and_every_name_exists() {
        List<String> wrong = new ArrayList<>();
        document.journeys.forEach((heading, steps) -> steps.forEach(names -> {
            if (names.isEmpty()) {
                wrong.add(heading + ": a step without a class");
            }
            names.stream().filter(name -> !exists(name)).forEach(name -> wrong.add(heading + ": no " + name));
        }));
        assertEquals(List.of(), wrong);
    }

    @Test
    void every_class_of_a_journey_uses_one_before_it_or_is_used_by_one() {
        List<String> apart = new ArrayList<>();
        document.journeys.forEach((heading, steps) -> {
            Set<String> passed = new HashSet<>();
            steps.stream().flatMap(List::stream).forEach(name -> {
                Set<String> types = typesOf(name);
                if (!passed.isEmpty() && types.stream().noneMatch(type -> isBeside(type, passed))) {
                    apart.add(heading + ": " + name);
                }
                passed.addAll(types);
            });
        });
        assertEquals(List.of(), apart);
    }

    @Test
    void the_graph_has_uses_of_each_kind() {
        assertUses("dev.weir.core.time.ManualTimeSource", "dev.weir.core.time.TimeSource"); // it implements it
        assertUses("dev.weir.core.Deadline", "dev.weir.core.internal.Checks"); // it calls it
        assertUses("dev.weir.pipeline.ErrorPolicy", "dev.weir.pipeline.StageFailure"); // as a type argument alone
        assertUses("dev.weir.retry.RetryListener", "dev.weir.retry.StopReason"); // as a parameter alone
    }

    @Test
    void a_cycle_is_found_without_what_only_leads_to_it_or_from_it() {
        SortedMap<String, SortedSet<String>> graph = new TreeMap<>();
        graph.put("a", new TreeSet<>(Set.of("b")));
        graph.put("b", new TreeSet<>(Set.of("c", "e")));
        graph.put("c", new TreeSet<>(Set.of("d")));
        graph.put("d", new TreeSet<>(Set.of("b")));
        graph.put("e", new TreeSet<>());
        assertEquals(Set.of("b", "c", "d"), ClassGraph.cycle(graph));
    }

    @Test
    void a_document_is_read() {
        ArchitectureDocument read = new ArchitectureDocument("""
            ```mermaid
            flowchart TD
                subgraph one
                    a
                    a.b
                end
                a --> a.b & c
            ```
            ## Journeys
            Not `This`.
            ### A way: `F` to `G`
            1. `A` passes it on
               to `B.c(long)`, not to `d` or `e.F`
            2. `C.D`
            ## Other
            3. `E`
            """.lines().toList());
        assertEquals(Map.of("one", Set.of("a", "a.b")), read.artifacts);
        assertEquals(Map.of("a", Set.of("a.b", "c"), "a.b", Set.of()), read.arrows);
        assertEquals(
                Map.of("A way: `F` to `G`", List.of(List.of("F", "G"), List.of("A", "B.c"), List.of("C.D"))),
                read.journeys);
    }

    @Test
    void a_picture_that_is_not_understood_is_refused() {
        for (String line : List.of("a -.-> b", "a --> b --> c", "a -->|text| b", "subgraph one two", "end", "a")) {
            List<String> lines = List.of("```mermaid", "flowchart TD", line, "```");
            assertThrows(IllegalArgumentException.class, () -> new ArchitectureDocument(lines), line);
        }
        assertThrows(IllegalArgumentException.class, () -> new ArchitectureDocument(List.of("## Journeys")));
    }

    private void assertUses(String type, String other) {
        assertTrue(real.uses.get(type).contains(other), () -> type + " uses " + real.uses.get(type));
    }

    private boolean isBeside(String type, Set<String> passed) {
        return passed.contains(type)
                || passed.stream()
                        .anyMatch(other -> real.uses.get(type).contains(other)
                                || real.uses.get(other).contains(type));
    }

    /** Whether it is a class, or a method or field of one. */
    private boolean exists(String name) {
        int dot = name.lastIndexOf('.');
        return real.members.containsKey(name)
                || (dot > 0
                        && real.members
                                .getOrDefault(name.substring(0, dot), new TreeSet<>())
                                .contains(name.substring(dot + 1)));
    }

    /** The outermost classes of this name, of any package. */
    private Set<String> typesOf(String name) {
        Set<String> types = new HashSet<>(real.uses.keySet());
        types.removeIf(type -> !ClassGraph.simpleName(type).equals(name.split("\\.")[0]));
        return types;
    }

    private static SortedSet<String> arrows(SortedMap<String, SortedSet<String>> graph) {
        SortedSet<String> arrows = new TreeSet<>();
        graph.forEach((from, to) -> to.forEach(each -> arrows.add(from + " --> " + each)));
        return arrows;
    }

    private static String mermaid(SortedMap<String, SortedSet<String>> graph) {
        StringBuilder lines = new StringBuilder();
        graph.forEach((from, to) -> {
            if (!to.isEmpty()) {
                lines.append("    " + from + " --> " + String.join(" & ", to) + "\n");
            }
        });
        return lines.toString();
    }

    private static SortedMap<String, SortedSet<String>> shortNames(SortedMap<String, SortedSet<String>> graph) {
        SortedMap<String, SortedSet<String>> renamed = new TreeMap<>();
        graph.forEach((from, to) -> renamed.put(shortName(from), shortNames(to)));
        return renamed;
    }

    private static SortedSet<String> shortNames(Set<String> packages) {
        SortedSet<String> renamed = new TreeSet<>();
        packages.forEach(name -> renamed.add(shortName(name)));
        return renamed;
    }

    private static String shortName(String name) {
        return name.substring(ROOT.length());
    }
}

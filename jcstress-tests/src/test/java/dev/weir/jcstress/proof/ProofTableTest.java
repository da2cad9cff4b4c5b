package dev.weir.jcstress.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.Deadline;
import dev.weir.ratelimit.Rate;
import dev.weir.retry.Retry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table in docs/proof.md names exactly what is shared in the code, and tests that exist. */
class ProofTableTest {
    /** Surefire runs in the module's folder. */
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final List<Class<?>> MODULES = List.of(Deadline.class, Rate.class, Retry.class, Channel.class);

    private final SortedMap<String, SortedSet<String>> shared = SharedState.of(MODULES);
    private final List<ProofTable.Row> rows = ProofTable.read(ROOT.resolve("docs/proof.md"));

    @Test
    void every_shared_field_is_mapped() {
        Set<String> mapped =
                rows.stream().flatMap(row -> row.qualifiedFields().stream()).collect(Collectors.toSet());
        List<String> unmapped = new ArrayList<>();
        shared.forEach((type, fields) -> fields.stream()
                .map(field -> type + " " + field)
                .filter(f -> !mapped.contains(f))
                .forEach(unmapped::add));
        assertEquals(List.of(), unmapped, "not in docs/proof.md: say there which test exercises them");
    }

    @Test
    void every_mapped_field_exists_and_is_shared() {
        Set<String> existing = shared.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream().map(field -> entry.getKey() + " " + field))
                .collect(Collectors.toSet());
        List<String> gone = rows.stream()
                .flatMap(row -> row.qualifiedFields().stream())
                .filter(field -> !existing.contains(field))
                .toList();
        assertEquals(List.of(), gone, "in docs/proof.md, but not in the code, or not shared there");
    }

    @Test
    void every_field_has_a_test_or_a_reason() {
        List<String> bare = rows.stream()
                .filter(row -> row.tests().isEmpty() && !row.exempt())
                .map(ProofTable.Row::type)
                .toList();
        assertEquals(List.of(), bare, "no test in docs/proof.md, and no reason why none");
    }

    @Test
    void every_named_test_exists() throws IOException {
        Set<String> existing = new TreeSet<>();
        try (var files = Files.walk(ROOT.resolve("jcstress-tests/src/main/java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (Files.readString(file).contains("\n@JCStressTest")) {
                    existing.add(nameOf(file));
                }
            }
        }
        for (String module : List.of("core", "ratelimit", "retry", "pipeline", "jcstress-tests")) {
            try (var files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                files.filter(file -> file.toString().endsWith("Test.java"))
                        .map(ProofTableTest::nameOf)
                        .forEach(existing::add);
            }
        }
        Set<String> missing =
                rows.stream().flatMap(row -> row.tests().stream()).collect(Collectors.toCollection(TreeSet::new));
        missing.removeAll(existing);
        assertEquals(Set.of(), missing, "named in docs/proof.md, but there is no such test");
    }

    @Test
    void the_scan_finds_each_kind() {
        assertTrue(shared.get("dev.weir.ratelimit.BucketState").contains("level"), "the target of a VarHandle");
        assertTrue(
                shared.get("dev.weir.core.time.CoarseTimeSource").contains("used"),
                "one that is looked up in one line");
        assertTrue(shared.get("dev.weir.ratelimit.KeyedTable").contains("size"), "one that is not volatile");
        assertTrue(shared.get("dev.weir.ratelimit.KeyedTable").contains("SLOT"), "a handle for elements");
        assertTrue(shared.get("dev.weir.core.sync.Permits").contains("held"), "guarded by a lock");
        assertTrue(shared.get("dev.weir.channel.WaitList").contains("armed"), "guarded by an inherited lock");
        assertTrue(
                shared.get("dev.weir.core.internal.wait.WaiterQueue").contains("first"),
                "guarded by its holder's lock");
        assertTrue(shared.get("dev.weir.ratelimit.KeyedBuckets$Keys").contains(SharedState.SUPER), "an atomic");
        assertTrue(shared.get("dev.weir.pipeline.StageWaiters").contains(SharedState.FENCE), "a fence");
    }

    private static String nameOf(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }
}

package dev.weir.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.testkit.ModuleFacts;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private final ModuleFacts module = new ModuleFacts();

    @Test
    void a_user_sees_one_type_for_contexts_and_one_for_meters() {
        assertEquals(Set.of("micrometer.SnapshotCarrier", "micrometer.WeirMeters"), module.publicTypes());
    }

    @Test
    void a_user_gets_the_library_that_it_is_for_with_what_that_needs_and_nothing_else() throws Exception {
        assertEquals(
                Set.of("dev.weir", "io.micrometer", "org.hdrhistogram", "org.jspecify", "org.slf4j"),
                module.runtimeDependencies().stream()
                        .map(artifact -> artifact.substring(0, artifact.indexOf(':')))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void it_reads_the_parts_by_their_public_types() {
        assertEquals(
                Set.of(
                        "batch",
                        "channel",
                        "core",
                        "core.context",
                        "core.internal",
                        "core.pool",
                        "core.sync",
                        "core.time",
                        "pipeline",
                        "ratelimit",
                        "ratelimit.remote",
                        "retry"),
                module.dependenciesOf("micrometer"));
    }
}

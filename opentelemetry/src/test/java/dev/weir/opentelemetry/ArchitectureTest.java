package dev.weir.opentelemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.testkit.ModuleFacts;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private final ModuleFacts module = new ModuleFacts();

    @Test
    void a_user_sees_one_type() {
        assertEquals(Set.of("opentelemetry.OpenTelemetryCarrier"), module.publicTypes());
    }

    @Test
    void a_user_gets_the_library_that_it_is_for_and_nothing_else() throws Exception {
        assertEquals(
                Set.of("dev.weir", "io.opentelemetry", "org.jspecify", "org.slf4j"),
                module.runtimeDependencies().stream()
                        .map(artifact -> artifact.substring(0, artifact.indexOf(':')))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void it_needs_the_carriers_interface_alone() {
        assertEquals(Set.of("core.context"), module.dependenciesOf("opentelemetry"));
    }
}

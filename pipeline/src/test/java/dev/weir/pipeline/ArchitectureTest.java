package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.testkit.ModuleFacts;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private final ModuleFacts module = new ModuleFacts();

    @Test
    void a_user_sees_these_types_and_no_others() {
        assertEquals(
                Set.of(
                        // calls that are gathered
                        "batch.Batcher",
                        "batch.BatcherBuilder",
                        "batch.BatcherMetrics",
                        // between threads of one's own
                        "channel.Channel",
                        "channel.ChannelBuilder",
                        "channel.ChannelClosedException",
                        "channel.ChannelFullException",
                        "channel.ChannelMetrics",
                        "channel.Inlet",
                        "channel.Select",
                        "channel.SendResult",
                        "channel.WhenFull",
                        // work in stages
                        "pipeline.Carried",
                        "pipeline.ErrorPolicy",
                        "pipeline.Pipeline",
                        "pipeline.PipelineException",
                        "pipeline.RunningPipeline",
                        "pipeline.StageDefaults",
                        "pipeline.StageFailure",
                        "pipeline.Split",
                        "pipeline.StageMetrics",
                        "pipeline.TransactionalSink"),
                module.publicTypes());
    }

    @Test
    void a_user_gets_the_core_slf4j_and_jspecify_and_nothing_else() throws Exception {
        assertEquals(
                Set.of("dev.weir:weir-core", "org.jspecify:jspecify", "org.slf4j:slf4j-api"),
                module.runtimeDependencies());
    }

    @Test
    void the_packages_build_on_the_core_alone() {
        assertEquals(
                Set.of(
                        "core",
                        "core.context",
                        "core.internal",
                        "core.internal.wait",
                        "core.pool",
                        "core.sync",
                        "core.time"),
                module.dependenciesOf("batch"));
        assertEquals(
                Set.of(
                        "core",
                        "core.context",
                        "core.internal",
                        "core.internal.ring",
                        "core.internal.wait",
                        "core.time"),
                module.dependenciesOf("channel"));
        assertEquals(
                Set.of(
                        "core",
                        "core.context",
                        "core.internal",
                        "core.internal.ring",
                        "core.internal.wait",
                        "core.scope",
                        "core.sync",
                        "core.time"),
                module.dependenciesOf("pipeline"));
    }
}

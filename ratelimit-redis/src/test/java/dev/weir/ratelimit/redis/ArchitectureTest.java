package dev.weir.ratelimit.redis;

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
        assertEquals(Set.of("ratelimit.redis.RedisRateLimiter"), module.publicTypes());
    }

    @Test
    void a_user_gets_lettuce_with_what_it_needs_and_nothing_else() throws Exception {
        assertEquals(
                Set.of(
                        "dev.weir",
                        "io.lettuce",
                        "io.netty",
                        "io.projectreactor",
                        "org.jspecify",
                        "org.reactivestreams",
                        "org.slf4j",
                        "redis.clients.authentication"),
                module.runtimeDependencies().stream()
                        .map(artifact -> artifact.substring(0, artifact.indexOf(':')))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void it_builds_on_the_remote_engine_alone() {
        assertEquals(Set.of("ratelimit", "ratelimit.remote"), module.dependenciesOf("ratelimit.redis"));
    }
}

package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.testkit.ModuleFacts;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private final ModuleFacts module = new ModuleFacts();

    @Test
    void a_user_sees_what_a_user_names() {
        assertThat(module.publicTypes())
                .containsExactlyInAnyOrder(
                        "spring.ConcurrencyLimitExceededException",
                        "spring.ConcurrencyLimited",
                        "spring.RateLimitExceededException",
                        "spring.RateLimited",
                        "spring.RetriedAnswerException",
                        "spring.WeirAutoConfiguration",
                        "spring.WeirRegistry",
                        "spring.web.LimitedExchangeFilter",
                        "spring.web.LimitedRequestInterceptor",
                        "spring.web.RateLimitFilter",
                        "spring.web.RateLimitWebFilter");
    }

    @Test
    void spring_and_redis_are_those_of_the_application() throws Exception {
        assertThat(module.runtimeDependencies().stream()
                        .map(artifact -> artifact.substring(0, artifact.indexOf(':')))
                        .collect(Collectors.toSet()))
                .doesNotContain("org.springframework", "org.springframework.boot");
    }

    @Test
    void what_faces_the_web_stands_on_what_does_not() {
        assertThat(module.dependenciesOf("spring")).doesNotContain("spring.web");
        assertThat(module.dependenciesOf("spring.web"))
                .isEqualTo(Set.of("ratelimit", "ratelimit.remote", "retry", "spring"));
    }
}

package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.testkit.ForkedJvm;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** In a JVM of its own, since a class loader that hides classes does not load those of the starter again. */
class ReducedClassPathTest {
    /** Jars by their names, and modules of Weir by their folders, as their classes may not be packaged yet. */
    private static final Pattern OPTIONAL = Pattern.compile("(reactor|reactive-streams|netty|lettuce|redis|micrometer"
            + "|context-propagation|prometheus|spring-boot-(actuator|health|starter-actuator)|spring-web|tomcat"
            + "|jakarta\\.servlet|HdrHistogram|LatencyUtils).*\\.jar");

    private static final Pattern OPTIONAL_MODULE =
            Pattern.compile(".*/(micrometer|ratelimit-redis|pipeline)/target/.*");

    private static boolean isOptional(String entry) {
        String path = entry.replace(File.separatorChar, '/');
        return OPTIONAL_MODULE.matcher(path).matches()
                || OPTIONAL.matcher(Path.of(entry).getFileName().toString()).lookingAt();
    }

    @Test
    void an_application_without_anything_optional_starts_and_is_limited() throws Exception {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !isOptional(entry))
                .collect(Collectors.joining(File.pathSeparator));
        String output = ForkedJvm.run(
                classPath,
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                ReducedApplication.class,
                "reactor.core.publisher.Flux",
                "org.reactivestreams.Publisher",
                "org.springframework.boot.actuate.endpoint.annotation.Endpoint",
                "org.springframework.boot.health.contributor.HealthIndicator",
                "io.lettuce.core.RedisClient",
                "io.micrometer.core.instrument.MeterRegistry",
                "io.micrometer.context.ContextSnapshot",
                "jakarta.servlet.Servlet",
                "org.springframework.web.client.RestClient",
                "dev.weir.micrometer.WeirMeters",
                "dev.weir.ratelimit.redis.RedisRateLimiter",
                "dev.weir.pipeline.Pipeline");
        assertThat(output.lines())
                .as(output)
                .contains(
                        "absent: reactor.core.publisher.Flux",
                        "absent: dev.weir.pipeline.Pipeline",
                        "first: called",
                        "keyed: called for north",
                        "pool: done",
                        "closed")
                .anyMatch(line -> line.matches("second: 3[56]\\d\\d")) // seconds of an hour
                .anyMatch(line -> line.startsWith("beans: ") && line.contains("weirRegistry"))
                .noneMatch(line -> line.startsWith("beans: ") && line.contains("weirMeters"));
    }
}

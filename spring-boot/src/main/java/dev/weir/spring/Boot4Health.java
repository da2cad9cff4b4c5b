package dev.weir.spring;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** The health of the parts, as Spring Boot 4 has it. */
final class Boot4Health extends AbstractHealthIndicator {
    private final WeirRegistry registry;

    Boot4Health(WeirRegistry registry) {
        this.registry = registry;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        PartHealth health = registry.health();
        builder.status(health.status()).withDetails(health.details());
    }
}

package dev.weir.spring;

import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;

/** The health of the parts, as Spring Boot 3 has it. */
final class Boot3Health extends AbstractHealthIndicator {
    private final WeirRegistry registry;

    Boot3Health(WeirRegistry registry) {
        this.registry = registry;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        PartHealth health = registry.health();
        builder.status(health.status()).withDetails(health.details());
    }
}

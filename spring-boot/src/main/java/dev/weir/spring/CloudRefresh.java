package dev.weir.spring;

import org.springframework.context.ApplicationEvent;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.core.ResolvableType;

/** Refreshes the parts when Spring Cloud has changed properties; it is known by name, since nothing depends on it. */
final class CloudRefresh implements GenericApplicationListener {
    private static final String EVENT = "org.springframework.cloud.context.environment.EnvironmentChangeEvent";

    private final WeirRegistry registry;

    CloudRefresh(WeirRegistry registry) {
        this.registry = registry;
    }

    @Override
    public boolean supportsEventType(ResolvableType type) {
        return type.toClass().getName().equals(EVENT);
    }

    @Override
    public void onApplicationEvent(ApplicationEvent event) {
        registry.refresh();
    }
}

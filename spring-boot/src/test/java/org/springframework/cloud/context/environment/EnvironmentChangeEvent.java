package org.springframework.cloud.context.environment;

import org.springframework.context.ApplicationEvent;

/** Has the name of the event of Spring Cloud, by which alone it is known. */
public final class EnvironmentChangeEvent extends ApplicationEvent {
    private static final long serialVersionUID = 1L;

    public EnvironmentChangeEvent(Object source) {
        super(source);
    }
}

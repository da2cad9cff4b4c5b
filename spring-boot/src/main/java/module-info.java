/** Weir's parts as beans of a Spring Boot application: from properties, by annotations, in filters. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Spring has no module descriptors
open module dev.weir.spring.boot.starter {
    requires org.slf4j;
    requires transitive dev.weir.core;
    requires transitive dev.weir.ratelimit;
    requires transitive dev.weir.retry;
    requires static dev.weir.micrometer;
    requires static dev.weir.ratelimit.redis;
    requires static com.fasterxml.jackson.annotation; // of annotations in Spring's classes
    requires static lettuce.core;
    requires static transitive org.jspecify;
    requires static transitive org.reactivestreams;
    requires static transitive reactor.core;
    requires static transitive spring.aop;
    requires static transitive spring.beans;
    requires static transitive spring.context;
    requires static transitive spring.core;
    requires static transitive spring.expression;
    requires static transitive spring.boot;
    requires static transitive spring.boot.autoconfigure;
    requires static spring.boot.actuator;
    requires static spring.boot.actuator.autoconfigure;
    requires static spring.boot.health;
    requires static transitive spring.web;
    requires static transitive spring.webflux;
    requires static transitive spring.webmvc;
    requires static transitive jakarta.servlet;

    exports dev.weir.spring;
    exports dev.weir.spring.web;
}

package dev.weir.spring;

import dev.weir.spring.WeirProperties.Limiter;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.ClassUtils;

/**
 * Defines a bean for each part that the properties name. The definitions call methods of other beans, rather than
 * suppliers, so that they can be processed ahead of time.
 */
final class PartDefinitions implements ImportBeanDefinitionRegistrar {
    static final String PARTS = "weirParts";
    static final String REDIS_PARTS = "weirRedisParts";
    private static final String REDIS_CLASS = "dev.weir.ratelimit.redis.RedisRateLimiter";
    private static final String CARRIER_CLASS = "dev.weir.micrometer.SnapshotCarrier";

    private final Environment environment;
    private final ClassLoader classes;

    PartDefinitions(Environment environment, ClassLoader classes) {
        this.environment = environment;
        this.classes = classes;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        WeirProperties properties = Binder.get(environment).bindOrCreate(WeirProperties.PREFIX, WeirProperties.class);
        if (properties.context().propagation() && !ClassUtils.isPresent(CARRIER_CLASS, classes)) {
            throw new InvalidConfigurationPropertyValueException(
                    "weir.context.propagation", true, "weir-micrometer is not on the class path.");
        }
        Map<String, Integer> uses = uses(properties);
        Definer definer = new Definer(registry, uses);
        properties.pools().keySet().forEach(name -> {
            definer.define(PartKind.POOL, name, WeirParts.class, PARTS, "pool");
            RootBeanDefinition lifecycle = definition(WeirParts.class, PARTS, "poolLifecycle", name);
            lifecycle.setDependsOn(PartKind.POOL.beanName(name));
            registry.registerBeanDefinition(PartKind.POOL.beanName(name) + "Lifecycle", lifecycle);
        });
        properties.rateLimiters().forEach((name, limiter) -> {
            String method = limiter.keyed() ? "keyedRateLimiter" : "rateLimiter";
            if (limiter.redis()) {
                checkRedis(name, limiter);
                definer.define(PartKind.RATE_LIMITER, name, RedisParts.class, REDIS_PARTS, method);
            } else {
                definer.define(PartKind.RATE_LIMITER, name, WeirParts.class, PARTS, method);
            }
        });
        properties
                .retries()
                .keySet()
                .forEach(name -> definer.define(PartKind.RETRY, name, WeirParts.class, PARTS, "retry"));
        properties
                .hedges()
                .keySet()
                .forEach(name -> definer.define(PartKind.HEDGE, name, WeirParts.class, PARTS, "hedge"));
        properties
                .semaphores()
                .forEach((name, semaphore) -> definer.define(
                        PartKind.SEMAPHORE,
                        name,
                        WeirParts.class,
                        PARTS,
                        semaphore.keyed() ? "keyedSemaphore" : "semaphore"));
    }

    private void checkRedis(String name, Limiter limiter) {
        if (!ClassUtils.isPresent(REDIS_CLASS, classes)) {
            throw new Settings(PartKind.RATE_LIMITER, name)
                    .invalid("redis", limiter.redis(), "weir-ratelimit-redis is not on the class path");
        }
    }

    /** How many kinds have a part of a name. */
    private static Map<String, Integer> uses(WeirProperties properties) {
        Map<String, Integer> uses = new HashMap<>();
        Stream.of(
                        properties.pools(),
                        properties.rateLimiters(),
                        properties.retries(),
                        properties.hedges(),
                        properties.semaphores())
                .map(Map::keySet)
                .flatMap(Collection::stream)
                .forEach(name -> uses.merge(name, 1, Integer::sum));
        return uses;
    }

    private static RootBeanDefinition definition(Class<?> type, String factory, String method, String name) {
        RootBeanDefinition definition = new RootBeanDefinition();
        definition.setTargetType(returned(type, method));
        definition.setFactoryBeanName(factory);
        definition.setFactoryMethodName(method);
        definition.getConstructorArgumentValues().addIndexedArgumentValue(0, name);
        return definition;
    }

    private static ResolvableType returned(Class<?> type, String method) {
        return ResolvableType.forMethodReturnType(
                Objects.requireNonNull(BeanUtils.findDeclaredMethod(type, method, String.class)));
    }

    private record Definer(BeanDefinitionRegistry registry, Map<String, Integer> uses) {
        void define(PartKind kind, String name, Class<?> type, String factory, String method) {
            String beanName = kind.beanName(name);
            if (registry.isBeanNameInUse(beanName)) {
                throw new Settings(kind, name).invalid("", name, "there is a bean named " + beanName + " already");
            }
            RootBeanDefinition definition = definition(type, factory, method, name);
            definition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
            definition.setDescription("made of " + kind.property(name));
            registry.registerBeanDefinition(beanName, definition);
            if (uses.getOrDefault(name, 0) == 1 && !registry.isBeanNameInUse(name)) {
                registry.registerAlias(beanName, name);
            }
        }
    }
}

package dev.weir.spring;

import java.lang.annotation.Annotation;
import java.lang.annotation.Repeatable;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.expression.BeanResolver;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ExpressionException;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/** What the annotations of a method say, read once. */
final class MethodLimits {
    private static final SpelExpressionParser PARSER = new SpelExpressionParser();
    private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

    private record Limit(
            boolean ofRate, String name, @Nullable Expression key, long permits, Wait maxWait) {}

    private final Method method;
    private final BeanResolver beans;
    private final List<Limit> limits = new ArrayList<>();
    private final ReturnKind kind;

    /** Those that need no key, if none does; they are the same for each call. */
    private final @Nullable Guards fixed;

    MethodLimits(
            Method method,
            Class<?> targetClass,
            WeirRegistry registry,
            BeanResolver beans,
            UnaryOperator<String> placeholders) {
        this.method = method;
        this.beans = beans;
        try {
            for (RateLimited limited : annotations(method, targetClass, RateLimited.class)) {
                if (limited.permits() < 1) {
                    throw new IllegalArgumentException("permits must be at least 1, but is " + limited.permits());
                }
                Wait maxWait = Wait.of(placeholders.apply(limited.maxWait()));
                limits.add(new Limit(true, limited.value(), parsed(limited.key()), limited.permits(), maxWait));
            }
            for (ConcurrencyLimited limited : annotations(method, targetClass, ConcurrencyLimited.class)) {
                Wait maxWait = Wait.of(placeholders.apply(limited.maxWait()));
                limits.add(new Limit(false, limited.value(), parsed(limited.key()), 1, maxWait));
            }
            this.kind = ReturnKind.of(method);
            boolean anyKey = limits.stream().anyMatch(limit -> limit.key != null);
            this.fixed = anyKey
                    ? null
                    : new Guards(limits.stream()
                            .map(limit -> guard(limit, null, registry))
                            .toList());
            for (Limit limit : limits) {
                if (limit.key != null) {
                    guard(limit, "a key", registry); // throws if there is none of that name
                }
            }
        } catch (IllegalArgumentException | ExpressionException refused) {
            throw new IllegalArgumentException("The limits of " + method + ": " + refused.getMessage(), refused);
        }
    }

    private static <A extends Annotation> Set<A> annotations(Method method, Class<?> targetClass, Class<A> type) {
        Set<A> ofMethod = of(method, type);
        return ofMethod.isEmpty() && Modifier.isPublic(method.getModifiers()) ? of(targetClass, type) : ofMethod;
    }

    private static <A extends Annotation> Set<A> of(AnnotatedElement element, Class<A> type) {
        return type.isAnnotationPresent(Repeatable.class)
                ? AnnotatedElementUtils.findMergedRepeatableAnnotations(element, type)
                : AnnotatedElementUtils.findAllMergedAnnotations(element, type);
    }

    static boolean has(Method method, Class<?> targetClass) {
        return !annotations(method, targetClass, RateLimited.class).isEmpty()
                || !annotations(method, targetClass, ConcurrencyLimited.class).isEmpty();
    }

    private static @Nullable Expression parsed(String key) {
        return key.isEmpty() ? null : PARSER.parseExpression(key);
    }

    ReturnKind kind() {
        return kind;
    }

    Guards guards(Object target, @Nullable Object[] arguments, WeirRegistry registry) {
        Guards same = fixed;
        if (same != null) {
            return same;
        }
        MethodBasedEvaluationContext context = new MethodBasedEvaluationContext(target, method, arguments, NAMES);
        context.setBeanResolver(beans);
        List<Guard> guards = new ArrayList<>(limits.size());
        for (Limit limit : limits) {
            guards.add(guard(limit, limit.key == null ? null : key(limit, limit.key, context), registry));
        }
        return new Guards(guards);
    }

    private String key(Limit limit, Expression expression, EvaluationContext context) {
        Object key = expression.getValue(context);
        if (key == null) {
            throw new IllegalArgumentException("the key " + expression.getExpressionString() + " of the limit "
                    + limit.name + " of " + method + " must not be null");
        }
        return key.toString();
    }

    private static Guard guard(Limit limit, @Nullable String key, WeirRegistry registry) {
        if (limit.ofRate) {
            var limiter = key == null ? registry.rateLimiter(limit.name) : registry.rateLimiter(limit.name, key);
            return new RateGuard(limit.name, limiter, limit.permits, limit.maxWait);
        }
        var semaphore = key == null
                ? new SemaphoreGuard.OfAll(registry.semaphore(limit.name))
                : new SemaphoreGuard.OfKey(registry.keyedSemaphore(limit.name), key);
        return new SemaphoreGuard(limit.name, semaphore, limit.maxWait);
    }
}

package dev.weir.spring;

import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ClassUtils;

/** How a method gives its result. */
enum ReturnKind {
    /** When it returns. */
    BLOCKING,
    /** By a {@link CompletionStage}. */
    STAGE,
    /** By a publisher, once it is subscribed to. */
    PUBLISHER;

    private static final boolean REACTOR =
            ClassUtils.isPresent("reactor.core.publisher.Flux", ReturnKind.class.getClassLoader());

    static ReturnKind of(Method method) {
        Class<?> type = method.getReturnType();
        if (KotlinDetector.isSuspendingFunction(method)) {
            throw new IllegalArgumentException("a suspending function cannot be limited by annotations");
        }
        if (CompletionStage.class.isAssignableFrom(type)) {
            if (!type.isAssignableFrom(CompletableFuture.class)) {
                throw new IllegalArgumentException(
                        "a method that returns a stage must return CompletionStage or CompletableFuture");
            }
            return STAGE;
        }
        return REACTOR && ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null ? PUBLISHER : BLOCKING;
    }
}

package dev.weir.spring;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.core.MethodClassKey;

/** Has calls pass the guards of their method. */
final class LimitInterceptor implements MethodInterceptor {
    private final BeanFactory beans;
    private final Map<MethodClassKey, MethodLimits> limits = new ConcurrentHashMap<>();
    private volatile @Nullable WeirRegistry registry;

    LimitInterceptor(BeanFactory beans) {
        this.beans = beans;
    }

    /** Not before there is a call, so that a registry of all beans is not needed by the first of them. */
    private WeirRegistry registry() {
        WeirRegistry known = registry;
        if (known == null) {
            known = beans.getBean(WeirRegistry.class);
            registry = known;
        }
        return known;
    }

    MethodLimits limitsOf(Method method, Class<?> targetClass) {
        MethodClassKey key = new MethodClassKey(method, targetClass);
        MethodLimits known = limits.get(key);
        if (known == null) {
            UnaryOperator<String> placeholders = beans instanceof ConfigurableBeanFactory configurable
                    ? text -> Objects.requireNonNullElse(configurable.resolveEmbeddedValue(text), text)
                    : UnaryOperator.identity();
            Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
            known = new MethodLimits(specific, targetClass, registry(), new BeanFactoryResolver(beans), placeholders);
            limits.put(key, known);
        }
        return known;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = Objects.requireNonNull(invocation.getThis());
        Method method = invocation.getMethod();
        MethodLimits its = limitsOf(method, AopUtils.getTargetClass(target));
        return switch (its.kind()) {
            case BLOCKING -> block(invocation, its.guards(target, invocation.getArguments(), registry()));
            case STAGE -> stage(invocation, its, target);
            case PUBLISHER ->
                LimitedPublishers.of(invocation, () -> its.guards(target, invocation.getArguments(), registry()));
        };
    }

    private static @Nullable Object block(MethodInvocation invocation, Guards guards) throws Throwable {
        try {
            guards.enter();
        } catch (InterruptedException interrupted) {
            if (Arrays.stream(invocation.getMethod().getExceptionTypes())
                    .anyMatch(type -> type.isAssignableFrom(InterruptedException.class))) {
                throw interrupted;
            }
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while it waited for its limits");
            cancelled.initCause(interrupted);
            throw cancelled;
        }
        try {
            return invocation.proceed();
        } finally {
            guards.exit();
        }
    }

    private CompletionStage<@Nullable Object> stage(MethodInvocation invocation, MethodLimits its, Object target) {
        CompletableFuture<@Nullable Object> result = new CompletableFuture<>();
        Guards guards;
        try {
            guards = its.guards(target, invocation.getArguments(), registry());
        } catch (RuntimeException refused) {
            result.completeExceptionally(refused);
            return result;
        }
        CompletableFuture<@Nullable Void> entered = guards.enterAsync();
        MethodInvocation call = ((ProxyMethodInvocation) invocation).invocableClone();
        var unusedResult = result.whenComplete((value, failure) -> {
            if (failure != null) {
                entered.completeExceptionally(failure); // if the caller has cancelled it
            }
        });
        var unusedEntered = entered.whenComplete((nothing, refused) -> {
            if (refused != null) {
                result.completeExceptionally(refused);
            } else if (result.isDone()) { // the caller has cancelled it, too late to leave the line
                guards.undoAll();
            } else {
                call(call, guards, result);
            }
        });
        return result;
    }

    private static void call(MethodInvocation call, Guards guards, CompletableFuture<@Nullable Object> result) {
        CompletionStage<?> stage;
        try {
            stage = (CompletionStage<?>) Objects.requireNonNull(call.proceed(), "the stage that the method returns");
        } catch (Throwable failure) {
            guards.exit();
            result.completeExceptionally(failure);
            return;
        }
        var unusedStage = stage.whenComplete((value, failure) -> {
            guards.exit();
            if (failure != null) {
                result.completeExceptionally(
                        failure instanceof CompletionException && failure.getCause() != null
                                ? failure.getCause()
                                : failure);
            } else {
                result.complete(value);
            }
        });
        var unusedResult = result.whenComplete((value, failure) -> {
            if (failure instanceof CancellationException && stage instanceof CompletableFuture<?> future) {
                future.cancel(true);
            }
        });
    }
}

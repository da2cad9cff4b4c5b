package dev.weir.spring;

import java.lang.reflect.Method;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.MethodIntrospector;
import org.springframework.util.ReflectionUtils;

/** Has the beans with limited methods proxied; what their annotations say is checked when the application starts. */
final class LimitPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor
        implements SmartInitializingSingleton {
    private static final long serialVersionUID = 1L;

    /** The classes with limited methods that were found before the application had started. */
    private final transient Set<Class<?>> found = ConcurrentHashMap.newKeySet();

    /** Made when the bean factory is known. */
    private transient @Nullable LimitInterceptor interceptor;

    private volatile boolean started;

    LimitPostProcessor(boolean proxyTargetClass) {
        setProxyTargetClass(proxyTargetClass);
        setBeforeExistingAdvisors(true);
    }

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        super.setBeanFactory(beanFactory);
        LimitInterceptor limits = new LimitInterceptor(beanFactory);
        this.interceptor = limits;
        this.advisor = new DefaultPointcutAdvisor(
                new StaticMethodMatcherPointcut() {
                    @Override
                    public boolean matches(Method method, Class<?> targetClass) {
                        Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
                        if (specific.getDeclaringClass() == Object.class || !MethodLimits.has(specific, targetClass)) {
                            return false;
                        }
                        if (!started) {
                            found.add(targetClass);
                        }
                        return true;
                    }
                },
                limits);
    }

    @Override
    public void afterSingletonsInstantiated() {
        LimitInterceptor limits = interceptor;
        started = true;
        if (limits != null) {
            found.forEach(type -> MethodIntrospector.selectMethods(
                            type, (ReflectionUtils.MethodFilter) method -> MethodLimits.has(method, type))
                    .forEach(method -> limits.limitsOf(method, type)));
        }
        found.clear();
    }
}

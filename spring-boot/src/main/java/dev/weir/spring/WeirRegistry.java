package dev.weir.spring;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;

/**
 * Finds the parts of an application by name: those of the properties below {@code weir} by their name there, and the
 * other beans of these types by the name of the bean.
 *
 * {@snippet file="dev/weir/spring/SpringSnippets.java" region="registry"}
 *
 * <p>A part that is known when the code is written is better injected, with its name as qualifier.
 *
 * <p><b>Thread-safety.</b> Thread-safe. <b>Blocking.</b> {@link #refresh()} waits while another one is under way; the
 * other methods do not block. <b>Interruption.</b> None. <b>Fairness.</b> None. <b>Memory effects.</b> None, besides
 * those of the parts.
 */
public final class WeirRegistry {
    private final ConfigurableListableBeanFactory beans;
    private final PartRefresh refresh;
    private final Map<PartKind, Map<String, Object>> found = new ConcurrentHashMap<>();

    WeirRegistry(ConfigurableListableBeanFactory beans, PartRefresh refresh) {
        this.beans = beans;
        this.refresh = refresh;
    }

    /**
     * Finds a pool.
     *
     * @param name its name
     * @return the pool
     * @throws IllegalArgumentException if there is none of that name
     */
    public WorkerPool pool(String name) {
        return (WorkerPool) find(PartKind.POOL, name);
    }

    /**
     * Finds a rate limiter that has one limit for all.
     *
     * @param name its name
     * @return the limiter
     * @throws IllegalArgumentException if there is none of that name, or if it is keyed
     */
    public RateLimiter rateLimiter(String name) {
        Object limiter = find(PartKind.RATE_LIMITER, name);
        if (limiter instanceof RateLimiter one) {
            return one;
        }
        throw new IllegalArgumentException("the rate limiter " + name + " has a limit for each key, and needs a key");
    }

    /**
     * Finds the limit of a key. It is a view that costs little, and is best asked for anew each time. In Redis the key
     * has the prefix that is set as {@code redis-key}.
     *
     * @param name the name of a keyed rate limiter
     * @param key the key
     * @return the limiter of the key
     * @throws IllegalArgumentException if there is none of that name, or if it is not keyed
     */
    @SuppressWarnings("unchecked") // a keyed limiter that is asked for here has strings as keys
    public RateLimiter rateLimiter(String name, String key) {
        Objects.requireNonNull(key, "key");
        Object limiter = find(PartKind.RATE_LIMITER, name);
        if (limiter instanceof KeyedRateLimiter<?> keyed) {
            return ((KeyedRateLimiter<String>) keyed).limiter(key);
        }
        if (limiter instanceof KeyedRemoteRateLimiter remote) {
            return remote.forKey(refresh.redisPrefix(name) + key);
        }
        throw new IllegalArgumentException("the rate limiter " + name + " has one limit for all, and no keys");
    }

    /**
     * Finds a retry.
     *
     * @param name its name
     * @return the retry
     * @throws IllegalArgumentException if there is none of that name
     */
    public Retry retry(String name) {
        return (Retry) find(PartKind.RETRY, name);
    }

    /**
     * Finds a hedge.
     *
     * @param name its name
     * @return the hedge
     * @throws IllegalArgumentException if there is none of that name
     */
    public Hedge hedge(String name) {
        return (Hedge) find(PartKind.HEDGE, name);
    }

    /**
     * Finds a semaphore that has permits for all together.
     *
     * @param name its name
     * @return the semaphore
     * @throws IllegalArgumentException if there is none of that name, or if it is keyed
     */
    public ResizableSemaphore semaphore(String name) {
        if (find(PartKind.SEMAPHORE, name) instanceof ResizableSemaphore semaphore) {
            return semaphore;
        }
        throw new IllegalArgumentException("the semaphore " + name + " has permits for each key, and needs a key");
    }

    /**
     * Finds a semaphore that has permits for each key.
     *
     * @param name its name
     * @return the semaphore, whose keys are strings
     * @throws IllegalArgumentException if there is none of that name, or if it is not keyed
     */
    @SuppressWarnings("unchecked") // a keyed semaphore that is asked for here has strings as keys
    public KeyedSemaphore<String> keyedSemaphore(String name) {
        if (find(PartKind.SEMAPHORE, name) instanceof KeyedSemaphore<?> semaphore) {
            return (KeyedSemaphore<String>) semaphore;
        }
        throw new IllegalArgumentException("the semaphore " + name + " has permits for all, and no keys");
    }

    /**
     * Reads the properties again, and changes what can be changed while the application runs: the rates of limiters,
     * the numbers of workers and the queue capacities of pools, and the permits of semaphores without keys. No permit
     * and no task is lost. The other properties that have changed are logged at WARN: they need a restart, as parts
     * that are new do.
     *
     * <p>Spring Cloud's refresh calls this. Without it, call this when a source of properties has changed. What waits
     * for a permit of a key waits by the new rate from the key's next request on.
     *
     * @throws org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException if a
     *     property is invalid; nothing has changed then
     * @throws org.springframework.boot.context.properties.bind.BindException if a property has not the form that its
     *     type needs; nothing has changed then
     */
    public void refresh() {
        refresh.refresh(this);
    }

    PartHealth health() {
        return PartHealth.of(this, refresh.now());
    }

    /** All parts of a kind by name, in the order of the names. */
    Map<String, Object> all(PartKind kind) {
        Map<String, Object> all = new TreeMap<>();
        for (Class<?> type : kind.types) {
            for (String beanName : beans.getBeanNamesForType(type)) {
                all.put(nameOf(beanName), beans.getBean(beanName));
            }
        }
        return all;
    }

    Object find(PartKind kind, String name) {
        Objects.requireNonNull(name, "name");
        Map<String, Object> ofKind = found.computeIfAbsent(kind, its -> new ConcurrentHashMap<>());
        Object known = ofKind.get(name);
        if (known == null) {
            Map<String, Object> all = all(kind);
            known = all.get(name);
            if (known == null) {
                throw new IllegalArgumentException(
                        "there is no " + kind.words + " named " + name + ", but there are " + all.keySet());
            }
            ofKind.put(name, known);
        }
        return known;
    }

    /** The qualifier, which is what the properties call it; other beans have none in their definition. */
    private String nameOf(String beanName) {
        if (beans.containsBeanDefinition(beanName)
                && beans.getMergedBeanDefinition(beanName) instanceof AbstractBeanDefinition definition) {
            AutowireCandidateQualifier qualifier = definition.getQualifier(Qualifier.class.getName());
            if (qualifier != null
                    && qualifier.getAttribute(AutowireCandidateQualifier.VALUE_KEY) instanceof String name) {
                return name;
            }
        }
        return beanName;
    }

    /**
     * Returns the names of the parts.
     *
     * @return for instance {@code WeirRegistry[pools [parser], rate-limiters [api, login]]}
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("WeirRegistry[");
        for (PartKind kind : PartKind.values()) {
            Map<String, Object> all = all(kind);
            if (!all.isEmpty()) {
                text.append(text.charAt(text.length() - 1) == '[' ? "" : ", ")
                        .append(kind.group)
                        .append(' ')
                        .append(all.keySet());
            }
        }
        return text.append("]").toString();
    }
}

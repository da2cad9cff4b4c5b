package dev.weir.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Has the calls of a method, or of all public methods of a class, hold a permit of a semaphore while they run: of one
 * that other methods share, or of one that has permits for each key. Where neither is needed, Spring 7 has
 * {@code @ConcurrencyLimit}.
 *
 * {@snippet file="dev/weir/spring/SpringSnippets.java" region="concurrencyLimited"}
 *
 * <p>A call that gets none is refused by a {@link ConcurrencyLimitExceededException}, which a controller answers with
 * 503. Waiting, return types and proxies are those of {@link RateLimited}; a permit is held until the stage is
 * complete, or the publisher has ended or is cancelled. On a method that has both annotations, the rate is limited
 * first, and its permits are refunded if the semaphore refuses.
 *
 * <p><b>Thread-safety.</b> That of {@link dev.weir.core.sync.ResizableSemaphore}. <b>Blocking.</b> By return type.
 * <b>Interruption.</b> A call that is interrupted holds nothing. <b>Fairness.</b> That of the semaphore. <b>Memory
 * effects.</b> What a call does before it gives its permit back happens-before the call that gets it.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
public @interface ConcurrencyLimited {
    /**
     * Which semaphore.
     *
     * @return the name of a semaphore in {@link WeirRegistry}
     */
    String value();

    /**
     * Whose permits, for a semaphore that is keyed: an expression as in {@link RateLimited#key}.
     *
     * @return the expression; empty for a semaphore without keys
     */
    String key() default "";

    /**
     * How long a call waits for its permit at most, as in {@link RateLimited#maxWait}.
     *
     * @return the duration; by default it does not wait
     */
    String maxWait() default "0s";
}

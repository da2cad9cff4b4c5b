package dev.weir.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Has the calls of a method, or of all public methods of a class, take permits of a rate limiter before they run.
 *
 * {@snippet file="dev/weir/spring/SpringSnippets.java" region="rateLimited"}
 *
 * <p>A call that gets none is refused by a {@link RateLimitExceededException}, which a controller answers with 429 and
 * {@code Retry-After}. Several of these on one method are asked in their order; when one refuses, the permits of those
 * before are refunded. An annotation of a method replaces that of its class.
 *
 * <p><b>By return type.</b> A method that returns a {@link java.util.concurrent.CompletionStage} or a
 * {@link java.util.concurrent.CompletableFuture} is called when the permits are taken, and the caller waits in no case:
 * the stage fails if they are refused. So does a Reactor publisher, whose permits are taken at each subscription, for
 * the method is called then. Any other method waits in the thread of the caller; if that is interrupted meanwhile, the
 * call ends with {@link InterruptedException} if the method declares it, else with a
 * {@link java.util.concurrent.CancellationException} and the interrupt status set.
 *
 * <p>It works on Spring's proxies: on calls that come from other beans, not on those of the object to itself. The
 * permits are asked for before transactions and the like begin.
 *
 * <p><b>Thread-safety.</b> That of {@link dev.weir.ratelimit.RateLimiter}. <b>Blocking.</b> By return type, as above.
 * <b>Interruption.</b> As above; a call that is interrupted has taken nothing. <b>Fairness.</b> That of the limiter:
 * first come, first served. <b>Memory effects.</b> None between calls.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@Repeatable(RateLimited.Several.class)
public @interface RateLimited {
    /**
     * Which limiter.
     *
     * @return the name of a rate limiter in {@link WeirRegistry}
     */
    String value();

    /**
     * Whose limit, for a limiter that is keyed: an expression in SpEL, which may use the parameters by their names,
     * such as {@code #request.userId}, and beans, such as {@code @tenants.current()}. Its value becomes a string; null
     * is refused by an {@link IllegalArgumentException}.
     *
     * @return the expression; empty for a limiter without keys
     */
    String key() default "";

    /**
     * How many permits a call takes.
     *
     * @return at least 1
     */
    long permits() default 1;

    /**
     * How long a call waits for its permits at most: a duration as in properties, such as {@code 500ms}, or
     * {@code forever}. It may be a placeholder, such as {@code ${orders.wait}}.
     *
     * @return the duration; by default it does not wait
     */
    String maxWait() default "0s";

    /**
     * Several of them, in their order.
     *
     * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
     */
    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @Inherited
    @Documented
    @interface Several {
        /**
         * The annotations.
         *
         * @return in their order
         */
        RateLimited[] value();
    }
}

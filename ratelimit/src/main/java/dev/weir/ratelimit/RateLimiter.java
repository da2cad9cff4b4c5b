package dev.weir.ratelimit;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingSupplier;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Says when something may be done: ask it for a permit first. {@code tryAcquire} answers at once, {@code acquire} waits
 * until it may, and {@code tryAcquire} with a timeout waits for so long at most.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="ask"}
 *
 * <p>Permits are not given back: they are a right to do something once.
 *
 * <p><b>Thread-safety.</b> Limiters are thread-safe. <b>Interruption.</b> The methods that wait throw {@link
 * InterruptedException}, also if the thread was interrupted before the call, and then have taken nothing: those who wait
 * behind move up. <b>Memory effects.</b> None between the threads that ask: a permit hands nothing over.
 */
public interface RateLimiter {
    /**
     * A limiter on the system's clock that starts with a whole burst of permits.
     *
     * @param rate how often
     * @return the limiter
     */
    static RateLimiter of(Rate rate) {
        return TokenBucket.builder(rate).build();
    }

    /**
     * Takes a permit if there is one. Never waits.
     *
     * @return whether a permit was taken
     */
    default boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * Takes several permits if they are there, all or none. Never waits.
     *
     * @param permits how many, from 1 to the burst
     * @return whether the permits were taken
     * @throws IllegalArgumentException if {@code permits} is out of its range: a request above the burst could never be
     *     granted
     */
    boolean tryAcquire(long permits);

    /**
     * Takes a permit, and waits for it at most so long.
     *
     * @param timeout how long to wait at most; zero or less does not wait
     * @return whether a permit was taken; false at once if it is certain that it will not come in time
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     */
    default boolean tryAcquire(Duration timeout) throws InterruptedException {
        return tryAcquire(1, timeout);
    }

    /**
     * Takes several permits, all or none, and waits for them at most so long.
     *
     * @param permits how many, from 1 to the burst
     * @param timeout how long to wait at most; zero or less does not wait
     * @return whether the permits were taken; false at once if it is certain that they will not come in time
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    boolean tryAcquire(long permits, Duration timeout) throws InterruptedException;

    /**
     * Takes a permit, and waits for it as long as it takes.
     *
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     */
    default void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Takes several permits, and waits for them as long as it takes.
     *
     * @param permits how many, from 1 to the burst
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    void acquire(long permits) throws InterruptedException;

    /**
     * How often this limiter admits.
     *
     * @return the rate
     */
    Rate rate();

    /**
     * What has been waited for so far.
     *
     * @return a snapshot of now
     */
    RateLimiterMetrics metrics();

    /**
     * A function that acquires a permit and then does as the given one does.
     *
     * @param function what to limit
     * @param <A> the type of its argument
     * @param <R> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the limited function, which waits and so may throw {@link InterruptedException}
     */
    default <A extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
            ThrowingFunction<A, R, X> decorate(ThrowingFunction<A, R, X> function) {
        Objects.requireNonNull(function, "function");
        return argument -> {
            acquire();
            return function.apply(argument);
        };
    }

    /**
     * A supplier that acquires a permit and then does as the given one does.
     *
     * @param supplier what to limit
     * @param <T> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the limited supplier, which waits and so may throw {@link InterruptedException}
     */
    default <T extends @Nullable Object, X extends Throwable> ThrowingSupplier<T, X> decorateSupplier(
            ThrowingSupplier<T, X> supplier) {
        Objects.requireNonNull(supplier, "supplier");
        return () -> {
            acquire();
            return supplier.get();
        };
    }
}

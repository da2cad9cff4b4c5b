package dev.weir.ratelimit;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.wait.WaiterClass;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Says when something may be done: ask it for a permit first. {@code tryAcquire} answers at once, {@code acquire} waits
 * until it may, and {@code tryAcquire} with a timeout waits for so long at most.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="ask"}
 *
 * <p>A permit is a right to do something once. Return a permit that is not used by {@link #refund}. A request for 0
 * permits is always granted.
 *
 * <p><b>Waiting.</b> Requests that wait stand in one line, whichever way they came in: by {@code acquire},
 * {@code tryAcquire} with a timeout, {@code acquireAsync} or {@code reserve}. They are served in the order in which
 * they came, and nobody overtakes them, unless the limiter was built with {@linkplain #withPriority priorities} or
 * {@linkplain #forTenant fair shares}, which are other orders of the same line. Permits are taken for a request when
 * its turn and its time have come, never in advance: so one that times out, is interrupted or cancelled has taken
 * nothing, and those behind it move up.
 *
 * <p><b>One process or a fleet.</b> A limiter of a process keeps every promise here. One whose permits are kept by a
 * store that many processes share, a {@link dev.weir.ratelimit.remote.RemoteRateLimiter}, keeps these for the fleet:
 * the limit of each window, that a request takes all of its permits or none, that one which gives up has taken nothing,
 * {@link #refund}, {@link #charge} and {@link #drain}. In each process alone it keeps the order of those that wait,
 * {@link #pauseFor}, the maximum of those that wait, {@link #metrics}, and what the listener is notified of. There,
 * "never waits" is at most the time-out of a call, times are exact to the resolution of the store, {@link #replaceRate}
 * reaches other processes with the next call for the bucket, and a {@link Settlement} gives back also what has grown
 * again.
 *
 * <p><b>Thread-safety.</b> Limiters are thread-safe. <b>Blocking.</b> {@code acquire} in its forms and
 * {@code tryAcquire} with a timeout wait until the permits are there; nothing else waits. <b>Fairness.</b> First come,
 * first served. <b>Interruption.</b> The methods that wait throw {@link InterruptedException}, also if the thread was
 * interrupted before the call, and then have taken nothing; but {@code acquireUninterruptibly} leaves the interrupt for
 * later. <b>Memory effects.</b> None between the threads that ask: a permit hands nothing over. But what is done before
 * {@code acquireAsync} and {@code reserve} happens-before what depends on their completion.
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
     * Several limits at once: a request takes permits of all of them, or of none. The combination is a limiter itself.
     *
     * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="allOfKeyed"}
     *
     * @param limits the limits, at least one, in the order in which they are asked; any limiters will do, for instance
     *     that of a key
     * @return the combination
     * @throws IllegalArgumentException if there are no limits, or one of them is there twice
     */
    static CombinedLimiter allOf(RateLimiter... limits) {
        return CombinedLimiter.of(Objects.requireNonNull(limits, "limits"));
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
     * @param permits how many, from 0 to the burst
     * @return whether the permits were taken
     * @throws IllegalArgumentException if {@code permits} is out of its range: a request above the burst could never be
     *     granted
     */
    boolean tryAcquire(long permits);

    /**
     * Takes a permit, and waits for it for a limited time.
     *
     * @param timeout how long to wait at most; zero or less does not wait
     * @return whether a permit was taken; false at once if it is certain that it will not come in time, even if those
     *     that wait before it leave; permits that others refund are not counted on
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     */
    default boolean tryAcquire(Duration timeout) throws InterruptedException {
        return tryAcquire(1, timeout);
    }

    /**
     * Takes several permits, all or none, and waits for them for a limited time.
     *
     * @param permits how many, from 0 to the burst
     * @param timeout how long to wait at most; zero or less does not wait
     * @return whether the permits were taken; false at once if it is certain that they will not come in time, even if
     *     those that wait before leave; permits that others refund are not counted on
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if {@code permits} is out of its range
     * @throws java.util.concurrent.RejectedExecutionException if the rate is replaced by one whose burst is too small
     */
    boolean tryAcquire(long permits, Duration timeout) throws InterruptedException;

    /**
     * Takes a permit, and waits for it as long as it takes.
     *
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws java.util.concurrent.RejectedExecutionException if the maximum number of requests waits already
     */
    default void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Takes several permits, and waits for them as long as it takes.
     *
     * @param permits how many, from 0 to the burst
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if {@code permits} is out of its range
     * @throws java.util.concurrent.RejectedExecutionException if the maximum number of requests waits already, or if
     *     the rate is replaced by one whose burst is too small
     */
    void acquire(long permits) throws InterruptedException;

    /**
     * Takes a permit, and waits for it as long as it takes, also when the thread is interrupted; its interrupt status
     * is set when this returns, then.
     */
    default void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /**
     * Takes several permits, and waits for them as long as it takes, also when the thread is interrupted; its interrupt
     * status is set when this returns, then.
     *
     * @param permits how many, from 0 to the burst
     * @throws IllegalArgumentException if {@code permits} is out of its range
     * @throws java.util.concurrent.RejectedExecutionException if the maximum number of requests waits already, or if
     *     the rate is replaced by one whose burst is too small
     */
    void acquireUninterruptibly(long permits);

    /**
     * Takes the permits that are there, up to a number. Never waits.
     *
     * @param permits how many at most, not negative; it may be more than the burst
     * @return how many were taken, possibly 0
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    long tryAcquireUpTo(long permits);

    /**
     * Takes a permit as soon as there is one, without a thread that waits.
     *
     * @return completed when the permit is taken; see {@link #acquireAsync(long)}
     */
    default CompletableFuture<@Nullable Void> acquireAsync() {
        return acquireAsync(1);
    }

    /**
     * Takes several permits as soon as they are there, without a thread that waits. Cancelling the future, or
     * completing it in any other way, first leaves the line or, in the jitter, gives the permits back, and only then
     * runs the actions that depend on the future. When the permits are taken, these actions run in a virtual thread
     * with what the limiter carries from the call of this method, or in the thread that adds them. {@code isDone} and
     * {@code get} do not wait for that thread.
     *
     * @param permits how many, from 0 to the burst
     * @return completed when the permits are taken; failed with a
     *     {@link java.util.concurrent.RejectedExecutionException} if the maximum number of requests waits already, or
     *     if the rate is replaced by one whose burst is too small
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    CompletableFuture<@Nullable Void> acquireAsync(long permits);

    /**
     * Takes a place in the line for a permit, to be awaited later, or cancelled.
     *
     * @return the reservation
     */
    default Reservation reserve() {
        return reserve(1);
    }

    /**
     * Takes a place in the line for several permits, to be awaited later, or cancelled.
     *
     * @param permits how many, from 0 to the burst
     * @return the reservation
     * @throws IllegalArgumentException if {@code permits} is out of its range
     * @throws java.util.concurrent.RejectedExecutionException if the maximum number of requests waits already
     */
    Reservation reserve(long permits);

    /**
     * Takes a permit if there is one, as {@link #tryAcquire()} does, and reports what a server has to report to its
     * client.
     *
     * @return the decision
     */
    default Decision check() {
        return check(1);
    }

    /**
     * Takes several permits if they are there, as {@link #tryAcquire(long)} does, and reports what a server has to
     * report to its client. What it reports besides the decision itself is of a moment shortly after it.
     *
     * @param permits how many, from 0 to the burst
     * @return the decision
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    Decision check(long permits);

    /**
     * Reports what {@link #check()} would, without taking anything.
     *
     * @return the decision as it would be now
     */
    default Decision peek() {
        return peek(1);
    }

    /**
     * Reports what {@link #check(long)} would, without taking anything.
     *
     * @param permits how many, from 0 to the burst
     * @return the decision as it would be now; {@link Decision#remaining} is what there is
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    Decision peek(long permits);

    /**
     * Gives back permits that were taken and not used. The requests that wait get them, or the next to come. A limiter
     * that is full already forgets them: the burst is never exceeded.
     *
     * <p><b>A refund counts from when it is made</b>, since it does not say when its permits were taken: in every
     * window of length t, what is admitted is at most {@code burst + rate × t} and what is refunded within the window.
     * So give back at once. What is given back late may have grown again already, and is then there twice; for that
     * case there is {@link #acquireEstimate}, whose {@link Settlement} gives back no more than what has not grown
     * again.
     *
     * @param permits how many, not negative
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    void refund(long permits);

    /**
     * Takes permits that have been used already, whether they are there or not. What is not there becomes a debt: no
     * permit is there until it has grown, so that later requests wait it off. Nobody is refused or interrupted for it,
     * and the places in the line stay. A debt is kept when the rate is replaced, and paid by {@link #refund}.
     *
     * <p>In every window of length t that ends with an admission, what is admitted and charged is at most {@code burst
     * + rate × t}. A debt counts up to what grows in nine years at a permit per nanosecond or less.
     *
     * @param permits how many, not negative; it may be more than the burst
     * @throws IllegalArgumentException if {@code permits} is negative
     */
    void charge(long permits);

    /**
     * Takes an estimate of what something costs, waits for it as {@link #acquire(long)} does, and settles later what it
     * has really cost.
     *
     * @param estimate how many permits, from 0 to the burst
     * @return what is to be settled
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if {@code estimate} is out of its range
     * @throws java.util.concurrent.RejectedExecutionException as {@link #acquire(long)}
     */
    default Settlement acquireEstimate(long estimate) throws InterruptedException {
        acquire(estimate);
        return Settlement.of(this, estimate);
    }

    /**
     * Lets nobody take permits for a while, for instance as long as a server asks for by its {@code Retry-After}. It
     * holds for all ways to ask: what does not wait is refused, and what waits is served in its order afterwards.
     * Permits grow meanwhile, up to the burst; {@link #drain()} before takes those that are there. The longer one of
     * two pauses holds. A request for 0 permits is granted.
     *
     * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="pause"}
     *
     * <p>This is what a rate of 0 would be, which {@link Rate} does not have.
     *
     * @param duration how long from now; zero changes nothing, and 146 years are the most
     * @throws IllegalArgumentException if {@code duration} is negative
     */
    void pauseFor(Duration duration);

    /** Ends a pause, if there is one. */
    void resume();

    /**
     * Takes all permits that are there, if nobody waits for them. Those that grow afterwards are not concerned.
     *
     * @return how many were taken
     */
    long drain();

    /**
     * Replaces the rate. The permits that are there stay, as far as the new burst has room for them, and grow at the
     * new rate from now on; no permit is minted or lost, however many others ask meanwhile. The requests that wait keep
     * their places; a request for more than the new burst stops waiting, with a
     * {@link java.util.concurrent.RejectedExecutionException}.
     *
     * <p>An equal rate changes nothing.
     *
     * @param rate the new rate
     * @throws IllegalArgumentException if the burst is less than what grows within the resolution of the clock
     */
    void replaceRate(Rate rate);

    /**
     * How often this limiter admits.
     *
     * @return the rate
     */
    Rate rate();

    /**
     * The name that the limiter was given, or else {@code limiter-} with a number, which is that in the order in which
     * names are first asked for.
     *
     * @return the same name each time
     */
    String name();

    /**
     * What this limiter has done so far.
     *
     * @return a snapshot of now
     */
    RateLimiterMetrics metrics();

    /**
     * This limiter, for requests of a priority: all ways to ask, the same permits and the same line. It makes a
     * difference among requests that wait, in a limiter that was {@linkplain TokenBucket.Builder#priorities(Duration)
     * built with priorities}; another limiter ignores it.
     *
     * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="priorities"}
     *
     * <p>A request of any priority that does not wait is refused while others wait, and {@link #check} and
     * {@link #peek} report as if it came last.
     *
     * @param priority higher goes first; from −1,000 to 1,000; 0 by default
     * @return a view of this limiter, or this limiter
     * @throws IllegalArgumentException if {@code priority} is out of range
     */
    default RateLimiter withPriority(int priority) {
        WaiterClass.NONE.withPriority(priority);
        return this;
    }

    /**
     * This limiter, for the requests of a tenant: all ways to ask, the same permits and the same line. It makes a
     * difference among requests that wait, in a limiter that was
     * {@linkplain TokenBucket.Builder#fairShares(java.util.Map) built with fair shares}; another limiter ignores it.
     *
     * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="shares"}
     *
     * @param tenant the name of the tenant
     * @return a view of this limiter, or this limiter
     */
    default RateLimiter forTenant(String tenant) {
        WaiterClass.NONE.withTenant(tenant);
        return this;
    }

    /**
     * A function that acquires a permit and then does as the given one does.
     *
     * @param function what to limit
     * @param <A> the type of its argument
     * @param <R> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the limited function, which may throw {@link InterruptedException}, as it waits
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
     * @return the limited supplier, which may throw {@link InterruptedException}, as it waits
     */
    default <T extends @Nullable Object, X extends Throwable> ThrowingSupplier<T, X> decorateSupplier(
            ThrowingSupplier<T, X> supplier) {
        Objects.requireNonNull(supplier, "supplier");
        return () -> {
            acquire();
            return supplier.get();
        };
    }

    /**
     * A task that acquires a permit and then does as the given one does.
     *
     * @param task what to limit
     * @param <X> the type of the checked exception that it throws
     * @return the limited task, which may throw {@link InterruptedException}, as it waits
     */
    default <X extends Throwable> ThrowingRunnable<X> decorateRunnable(ThrowingRunnable<X> task) {
        Objects.requireNonNull(task, "task");
        return () -> {
            acquire();
            task.run();
        };
    }

    /**
     * A function of the JDK's kind, which cannot throw {@link InterruptedException} and so waits uninterruptibly: for
     * streams and other code of the JDK. Suppliers and tasks of that kind call {@link #acquireUninterruptibly()}
     * themselves.
     *
     * @param function what to limit
     * @param <A> the type of its argument
     * @param <R> the type of its result
     * @return the limited function
     */
    default <A extends @Nullable Object, R extends @Nullable Object> Function<A, R> uninterruptibleFunction(
            Function<A, R> function) {
        Objects.requireNonNull(function, "function");
        return argument -> {
            acquireUninterruptibly();
            return function.apply(argument);
        };
    }
}

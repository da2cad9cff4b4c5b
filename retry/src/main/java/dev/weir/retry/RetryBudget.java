package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits how many retries and hedges all the calls to one service may make together, so that clients do not keep down a
 * service that is in trouble. Give the same budget to every {@link RetryPolicy} and {@link Hedge} of that service.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="budget"}
 *
 * <p>A budget is an account of tokens, full at first. Each retry and each hedge takes what it costs before it starts;
 * if there is too little, it does not start, the call ends with what it has ({@link StopReason#BUDGET}), and attempts
 * that are running go on. What a retry has taken is given back, once, if it is not made after all: because of an
 * interrupt, a cancellation or the deadline. Two ways to fill the account:
 *
 * <ul>
 *   <li>{@link #ratio}: every call adds a fraction of a token, and so does the time that passes. After the retry budget
 *       of Finagle and the client-side limit of 10 % in Google's <i>Site Reliability Engineering</i>; unlike Finagle's,
 *       what is not used does not expire after ten seconds but is limited by the capacity.
 *   <li>{@link #tokens}: every success adds to it, and a retry costs what is set for the failure before it. After the
 *       AWS SDK's retry quota and gRPC's proposal A6; unlike gRPC's, the account may be used up and not half of it.
 * </ul>
 *
 * <p><b>Exact.</b> Whatever the number of threads, the tokens taken are never more than the capacity and what was
 * added. Amounts are counted in thousandths of a token, rounded down, and time in milliseconds, without drift.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe and lock-free. Nothing blocks. <b>Memory effects.</b> None: the
 * budget orders nothing between the threads that use it. <b>Cost.</b> A call that succeeds at the first attempt while
 * the account is full costs one volatile read and writes nothing. The clock is read when a retry asks, if time adds
 * tokens, and not otherwise.
 */
public final class RetryBudget {
    private static final Logger LOG = LoggerFactory.getLogger(RetryBudget.class);

    /** The capacity of {@link #ratio(double, int)} in seconds of the floor. */
    private static final int SECONDS_OF_FLOOR = 10;

    private static final int LEAST_CAPACITY = 10;

    private final TokenAccount account;
    private final int unitsPerRequest;
    private final int unitsPerSuccess;
    private final ToIntFunction<@Nullable Throwable> cost;
    private final LongAdder paid = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder givenBack = new LongAdder();
    private volatile Name name = Name.numbered("budget");
    private volatile boolean warned;

    private RetryBudget(
            TokenAccount account, int unitsPerRequest, int unitsPerSuccess, ToIntFunction<@Nullable Throwable> cost) {
        this.account = account;
        this.unitsPerRequest = unitsPerRequest;
        this.unitsPerSuccess = unitsPerSuccess;
        this.cost = cost;
    }

    /**
     * Gives this budget a name for logs and meters; {@code budget-} with a number otherwise. For before it is used.
     *
     * @param name the name, which need not be unique
     * @return this budget
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public RetryBudget named(String name) {
        this.name = Name.of("budget", Name.checked(name));
        return this;
    }

    /**
     * The name that this was given, or else {@code budget-} with a number, which is that in the order in which names
     * are first asked for.
     *
     * @return the name
     */
    public String name() {
        return name.toString();
    }

    /**
     * A budget in proportion to the calls, with a capacity of ten seconds of the floor, but at least ten retries.
     *
     * @param ratio how many retries each call allows, 0.1 for one retry in ten calls
     * @param floorPerSecond how many retries each second allows besides, for the client that makes few calls
     * @return the budget
     * @throws IllegalArgumentException as for {@link #ratio(double, int, int, TimeSource)}
     */
    public static RetryBudget ratio(double ratio, int floorPerSecond) {
        Checks.notNegative(floorPerSecond, "floorPerSecond");
        int seconds = (int) Math.min(TokenAccount.MAX_TOKENS, (long) floorPerSecond * SECONDS_OF_FLOOR);
        return ratio(ratio, floorPerSecond, Math.max(LEAST_CAPACITY, seconds), TimeSource.system());
    }

    /**
     * A budget in proportion to the calls. In any time, there are at most {@code capacity + ratio · calls +
     * floorPerSecond · seconds} retries.
     *
     * @param ratio how many retries each call allows, from 0 to 100, in thousandths
     * @param floorPerSecond how many retries each second allows besides, for the client that makes few calls
     * @param capacity how many unused retries are kept; the budget starts with all of them
     * @param timeSource the clock
     * @return the budget
     * @throws IllegalArgumentException if the ratio is not between 0 and 100 or is less than a thousandth without being
     *     zero, if the floor is negative, if the capacity is below 1, or if one of them is above 262,143
     */
    public static RetryBudget ratio(double ratio, int floorPerSecond, int capacity, TimeSource timeSource) {
        Objects.requireNonNull(timeSource, "timeSource");
        int units = units(ratio, "ratio", 100);
        return new RetryBudget(new TokenAccount(capacity, floorPerSecond, timeSource), units, 0, failure -> 1);
    }

    /**
     * A budget that successes fill, where every retry and every hedge costs one token.
     *
     * @param capacity how many tokens there are at most and at first
     * @param refillOnSuccess how many tokens a call that succeeds adds, in thousandths
     * @return the budget
     * @throws IllegalArgumentException as for {@link #tokens(int, double, ToIntFunction)}
     */
    public static RetryBudget tokens(int capacity, double refillOnSuccess) {
        return tokens(capacity, refillOnSuccess, failure -> 1);
    }

    /**
     * A budget that successes fill, where the cost of a retry depends on the failure before it: more after a timeout,
     * for instance, which has cost the service its work.
     *
     * @param capacity how many tokens there are at most and at first
     * @param refillOnSuccess how many tokens a call that succeeds adds, in thousandths
     * @param cost the tokens that a retry costs after this failure, zero or more; null stands for a rejected result,
     *     and for a hedge, and is asked about once in advance. The failure is without the JDK's wrappers, and a time
     *     limit's is its {@link java.util.concurrent.TimeoutException}. What the function throws, or a negative number,
     *     ends the call as other functions of the policy do; a cost above the capacity is never paid, and logged at
     *     WARN once
     * @return the budget
     * @throws IllegalArgumentException if the capacity is not between 1 and 262,143, if the refill is not between 0 and
     *     262,143 or is less than a thousandth without being zero, or if a hedge costs more than the capacity
     */
    public static RetryBudget tokens(int capacity, double refillOnSuccess, ToIntFunction<@Nullable Throwable> cost) {
        Objects.requireNonNull(cost, "cost");
        int units = units(refillOnSuccess, "refillOnSuccess", TokenAccount.MAX_TOKENS);
        TokenAccount account = new TokenAccount(capacity, 0, TimeSource.system());
        refuseUnpayable(cost, capacity);
        return new RetryBudget(account, 0, units, cost);
    }

    /** What a hedge costs is known in advance, unless the function has no answer without a failure. */
    private static void refuseUnpayable(ToIntFunction<@Nullable Throwable> cost, int capacity) {
        int tokens;
        try {
            tokens = cost.applyAsInt(null);
        } catch (Exception noAnswer) {
            return; // what it throws ends those calls that ask it
        }
        if (tokens > capacity) {
            throw new IllegalArgumentException("cost must be at most the capacity of " + capacity
                    + ", or it can never be paid, but is " + tokens + " for a rejected result and for a hedge");
        }
    }

    private static int units(double tokens, String name, int most) {
        if (!(tokens == 0 || (tokens >= 0.001 && tokens <= most))) {
            throw new IllegalArgumentException(name + " must be 0 or from 0.001 to " + most + ", but is " + tokens);
        }
        // 0.29 · 1000 is 289.99…; a double is that close to the decimal number that was meant.
        return (int) Math.floor(tokens * TokenAccount.UNITS * (1 + 1e-12));
    }

    /**
     * How many tokens there are.
     *
     * @return the tokens at this moment; others may take them in the next
     */
    public double available() {
        return (double) account.available() / TokenAccount.UNITS;
    }

    /**
     * What has been paid for so far, and what there is.
     *
     * @return a snapshot of now
     */
    public RetryBudgetMetrics metrics() {
        return new RetryBudgetMetrics(available(), account.capacity(), paid.sum(), refused.sum(), givenBack.sum());
    }

    /** A call begins. */
    void requested() {
        if (unitsPerRequest != 0) {
            account.add(unitsPerRequest);
        }
    }

    /** A call succeeded. */
    void succeeded() {
        if (unitsPerSuccess != 0) {
            account.add(unitsPerSuccess);
        }
    }

    /**
     * Takes what a retry after this failure costs, or a hedge if there is none.
     *
     * @return what was taken, for {@link #giveBack}, or -1 if there is too little
     */
    long take(@Nullable Throwable failure) {
        int tokens = cost.applyAsInt(failure == null ? null : Causes.decisive(failure));
        if (tokens < 0) {
            throw new IllegalStateException("the cost of a retry must not be negative, but is " + tokens);
        }
        if (tokens > account.capacity() && !warned) {
            warned = true; // raced for: a second warning does no harm
            Callbacks.run(
                    LOG,
                    "a warning",
                    () -> LOG.warn(
                            "a retry costs {} tokens of {}, more than its capacity, and so is never made",
                            tokens,
                            this));
        }
        long units = (long) tokens * TokenAccount.UNITS;
        if (!account.take(units)) {
            refused.increment();
            return -1;
        }
        paid.increment();
        return units;
    }

    /** Gives back what was taken for an attempt that is not made. */
    void giveBack(long units) {
        if (units != 0) {
            givenBack.increment();
            account.add(units);
        }
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code RetryBudget[budget-1, 9.3 of 10 tokens]}
     */
    @Override
    public String toString() {
        return "RetryBudget[" + name + ", " + available() + " of " + account.capacity() + " tokens]";
    }
}

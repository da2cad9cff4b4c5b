package dev.weir.core.sync;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Builds an {@link AdaptiveLimit}.
 *
 * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
 */
public final class AdaptiveLimitBuilder {
    private static final int INITIAL = 20;

    /** The constructor of an algorithm. */
    interface Algorithm {
        LimitFinder with(int least, int initial, int most, double factor);
    }

    private final Algorithm algorithm;
    private final int least;
    private final int most;
    private int initial;
    private double factor = 0.9;
    private long latencyLimitNanos = Long.MAX_VALUE;
    private Predicate<? super Throwable> refusals = AdaptiveLimitBuilder::isRefusal;
    private TimeSource time = TimeSource.system();
    private @Nullable String name;

    AdaptiveLimitBuilder(Algorithm algorithm, int least, int most) {
        this.algorithm = algorithm;
        this.least = Checks.positive(least, "least");
        this.most = most;
        if (most < least) {
            throw new IllegalArgumentException("most must be at least the least of " + least + ", but is " + most);
        }
        this.initial = Math.clamp(INITIAL, least, most);
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof TimeoutException
                || failure instanceof RejectedExecutionException
                || failure.getCause() instanceof TimeoutException;
    }

    /**
     * The name, for logs, meters and thread dumps; {@code adaptive-limit-} with a number by default.
     *
     * @param name the name, which need not be unique
     * @return this builder
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public AdaptiveLimitBuilder name(String name) {
        this.name = Name.checked(name);
        return this;
    }

    /**
     * The limit to begin with; 20 by default, or the nearest that is allowed. A gradient takes the latency of its first
     * round, at this limit, for the one without a queue.
     *
     * @param initial the limit, from the least to the most
     * @return this builder
     * @throws IllegalArgumentException if it is out of that range
     */
    public AdaptiveLimitBuilder initial(int initial) {
        if (initial < least || initial > most) {
            throw new IllegalArgumentException("initial must be from " + least + " to " + most + ", but is " + initial);
        }
        this.initial = initial;
        return this;
    }

    /**
     * To which part the limit falls when the service refuses; 0.9 by default.
     *
     * @param factor above 0 and below 1
     * @return this builder
     * @throws IllegalArgumentException if it is out of that range
     */
    public AdaptiveLimitBuilder factor(double factor) {
        if (!(factor > 0 && factor < 1)) {
            throw new IllegalArgumentException("factor must be above 0 and below 1, but is " + factor);
        }
        this.factor = factor;
        return this;
    }

    /**
     * From which latency on a call counts as refused though it succeeded; none by default.
     *
     * @param limit the longest latency of a success, positive
     * @return this builder
     * @throws IllegalArgumentException if {@code limit} is not positive
     */
    public AdaptiveLimitBuilder latencyLimit(Duration limit) {
        this.latencyLimitNanos = Checks.positiveNanos(limit, "limit");
        return this;
    }

    /**
     * Which failures of {@link AdaptiveLimit#call} are refusals of the service. By default {@link TimeoutException},
     * alone or as the cause, and {@link RejectedExecutionException}. All others are ignored. It is called by the thread
     * that made the call, when the permit has been given back; what it throws is suppressed in the failure.
     *
     * @param refusals true for a refusal
     * @return this builder
     */
    public AdaptiveLimitBuilder refusedIf(Predicate<? super Throwable> refusals) {
        this.refusals = Objects.requireNonNull(refusals, "refusals");
        return this;
    }

    /**
     * The clock; {@link TimeSource#system()} by default.
     *
     * @param time the clock
     * @return this builder
     */
    public AdaptiveLimitBuilder timeSource(TimeSource time) {
        this.time = Objects.requireNonNull(time, "time");
        return this;
    }

    /**
     * Builds it.
     *
     * @return the limit, with all permits available
     */
    public AdaptiveLimit build() {
        LimitFinder finder = algorithm.with(least, initial, most, factor);
        return new AdaptiveLimit(Name.of("adaptive-limit", name), finder, time, refusals, latencyLimitNanos);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code AdaptiveLimitBuilder[from 1 to 100, initial 20, factor 0.9]}
     */
    @Override
    public String toString() {
        return "AdaptiveLimitBuilder[" + (name == null ? "" : name + ", ") + "from " + least + " to " + most
                + ", initial " + initial + ", factor " + factor + "]";
    }
}

package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.PermitLine;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.RateLimiterMetrics;
import dev.weir.ratelimit.Reservation;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RateLimiter} whose permits are kept by a store that many processes share.
 *
 * {@snippet file="dev/weir/ratelimit/remote/RemoteSnippets.java" region="limiter"}
 *
 * <p><b>Trips.</b> A decision costs a trip to the store. While one is under way for a bucket, the requests that come
 * meanwhile wait for the next, which carries all of them: so the more callers there are, the fewer trips a decision
 * takes.
 *
 * <p><b>What "never waits" means here.</b> The methods that do not wait for permits wait for the store's answer, at
 * most for the {@linkplain Builder#timeout time-out}; an interrupt does not end that wait and stays pending. They must
 * not be called by the thread that brings the store's answers, and throw {@link IllegalStateException} there.
 * {@code acquireAsync}, {@code reserve}, {@code refund} and {@code charge} wait for nothing. The times that are
 * reported are exact to the store's resolution.
 *
 * <p><b>Waiting</b> is done in one line for each bucket of this process, in the order of coming. The store reports when
 * the head is due, and is asked again then, for what the line wants. Nothing is taken in advance: a request that is
 * interrupted, cancelled or timed out has taken nothing, and what was on its way for it is given back.
 *
 * <p><b>Outages.</b> A call that fails or times out begins an outage. The callers that were in flight pay the time-out
 * once; from then on the {@link OutagePolicy} answers at once, and one probe at a time asks whether the store is back.
 * An answer that comes too late and says that permits were taken gives them back. What is refunded or charged while the
 * store is away is lost, but with a local share.
 *
 * <p><b>In advance.</b> With a {@linkplain Builder#lease lease}, a trip fetches more permits than are asked for, which
 * are then served in this process without one; and what the store has refused is refused here, until it can be there. A
 * permit that comes back goes to what was fetched, as far as there is room, and otherwise to the store.
 *
 * <p><b>Several limits</b> ({@link #allOf}) are met all or none in one trip, and in one line. All methods are for all
 * of them.
 *
 * <p><b>Rates.</b> The rate travels with each call, and the store keeps to the one of the highest
 * {@linkplain Builder#generation generation}. {@link #replaceRate} raises it by one.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@code acquire} and the timed
 * {@code tryAcquire} wait for permits, the other methods for one answer of the store, as said above.
 * <b>Interruption.</b> Ends a wait for permits, as of every {@link RateLimiter}; not the wait for an answer.
 * <b>Fairness.</b> First come, first served within this process; none among processes. <b>Memory effects.</b> Those of
 * {@link RateLimiter}.
 */
public final class RemoteRateLimiter implements RateLimiter {
    private final RemoteStore store;
    private final Flight flight;
    private final PermitLine line;

    RemoteRateLimiter(RemoteStore store, Limits limits, Function<PermitLine.Source, PermitLine> line) {
        this.store = store;
        this.flight = new Flight(this, store, limits, line);
        this.line = flight.line;
    }

    /**
     * Starts to build a limiter.
     *
     * @param buckets the store
     * @param key the name of the bucket in the store, which all processes give that share the limit
     * @param rate how often it admits
     * @return a builder with a time-out of 500 ms, which refuses during an outage, unless configured otherwise
     * @throws IllegalArgumentException if the store cannot keep to the rate
     */
    public static Builder builder(RemoteBuckets buckets, String key, Rate rate) {
        Objects.requireNonNull(key, "key");
        return new Builder(buckets, Map.of(key, Objects.requireNonNull(rate, "rate")));
    }

    /**
     * Starts to build a limiter of several limits: a request takes its permits of all of them, or of none, in one trip.
     * Its {@link #rate} is that of the limit that allows the smallest requests, and cannot be replaced.
     *
     * @param buckets the store
     * @param limits the rate of each bucket, by the name of it in the store
     * @return a builder with a time-out of 500 ms, which refuses during an outage, unless configured otherwise
     * @throws IllegalArgumentException if there are no limits, or if the store cannot keep to one of the rates, or
     *     cannot take from these buckets in one trip
     */
    public static Builder allOf(RemoteBuckets buckets, Map<String, Rate> limits) {
        Objects.requireNonNull(buckets, "buckets");
        Map<String, Rate> all =
                Collections.unmodifiableMap(new LinkedHashMap<>(Objects.requireNonNull(limits, "limits")));
        if (all.isEmpty()) {
            throw new IllegalArgumentException("limits must be at least one, but are none");
        }
        buckets.checkKeys(List.copyOf(all.keySet()));
        return new Builder(buckets, all);
    }

    private boolean decided(boolean admitted, long permits) {
        line.decided(admitted, permits);
        return admitted;
    }

    @Override
    public boolean tryAcquire(long permits) {
        flight.limits().check(permits);
        if (permits == 0 || !line.isOpen()) {
            return decided(permits == 0, permits);
        }
        return decided(flight.tryTake(permits), permits);
    }

    @Override
    public boolean tryAcquire(long permits, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        flight.limits().check(permits);
        if (Checks.saturatedNanos(timeout) > 0) {
            store.buckets.checkMayWait();
            return line.tryAcquire(permits, timeout);
        }
        Interrupts.throwIfInterrupted();
        return tryAcquire(permits);
    }

    @Override
    public void acquire(long permits) throws InterruptedException {
        flight.limits().check(permits);
        store.buckets.checkMayWait();
        line.acquire(permits);
    }

    @Override
    public void acquireUninterruptibly(long permits) {
        flight.limits().check(permits);
        store.buckets.checkMayWait();
        line.acquireUninterruptibly(permits);
    }

    @Override
    public long tryAcquireUpTo(long permits) {
        Checks.notNegative(permits, "permits");
        long taken = permits > 0 && line.isOpen() ? flight.sole.takeUpTo(permits) : 0;
        decided(taken > 0 || permits == 0, taken > 0 ? taken : permits);
        return taken;
    }

    @Override
    public CompletableFuture<@Nullable Void> acquireAsync(long permits) {
        flight.limits().check(permits);
        return line.acquireAsync(permits);
    }

    @Override
    public Reservation reserve(long permits) {
        flight.limits().check(permits);
        return line.reserve(this, permits);
    }

    @Override
    public Decision check(long permits) {
        flight.limits().check(permits);
        if (permits == 0) {
            decided(true, 0);
            return peek(0);
        }
        if (!line.isOpen()) {
            decided(false, permits);
            return behindTheLine(permits);
        }
        Answer answer = flight.take(permits);
        boolean admitted = decided(answer.granted() > 0, permits);
        return new Decision(
                admitted, answer.remaining(), admitted ? Duration.ZERO : answer.retryAfter(), answer.reset());
    }

    @Override
    public Decision peek(long permits) {
        flight.limits().check(permits);
        if (permits > 0 && !line.isOpen()) {
            return behindTheLine(permits);
        }
        Answer answer = flight.sole.peek(permits);
        return new Decision(answer.retryAfter().isZero(), answer.remaining(), answer.retryAfter(), answer.reset());
    }

    /** The line is an estimate, as what other processes want is not known. */
    private Decision behindTheLine(long permits) {
        return new Decision(
                false,
                0,
                Duration.ofNanos(Math.max(1, line.nanosUntilTurn(permits))),
                Duration.ofNanos(line.nanosUntilTurn(flight.limits().largest())));
    }

    @Override
    public void refund(long permits) {
        flight.refund(Checks.notNegative(permits, "permits"));
    }

    @Override
    public void charge(long permits) {
        flight.sole.charge(Checks.notNegative(permits, "permits"));
    }

    /** Lets nobody of this process take permits for a while; other processes are not concerned. */
    @Override
    public void pauseFor(Duration duration) {
        line.pauseFor(duration);
        store.time.schedule(flight::lineChanged, duration); // keeps the limiter of a key, and so its pause
    }

    @Override
    public void resume() {
        line.resume();
    }

    @Override
    public long drain() {
        return line.isOpen() ? flight.sole.takeUpTo(Long.MAX_VALUE) : 0;
    }

    @Override
    public void replaceRate(Rate rate) {
        store.checkRate(rate);
        if (flight.limits().buckets().size() > 1) {
            throw new UnsupportedOperationException("a limiter of several limits has no rate of its own: " + this);
        }
        line.replaceRate(() -> {
            Limits now = flight.limits();
            if (!now.rate().equals(rate)) {
                flight.replace(rate, now.first().generation() + 1);
            }
        });
    }

    /** Replaces the rate, unless this limiter has one of a higher generation. */
    void replaceRate(Rate rate, long generation) {
        if (flight.limits().first().generation() >= generation) {
            return;
        }
        line.replaceRate(() -> {
            if (flight.limits().first().generation() < generation) {
                flight.replace(rate, generation);
            }
        });
    }

    @Override
    public Rate rate() {
        return flight.limits().rate();
    }

    @Override
    public String name() {
        return line.name();
    }

    @Override
    public RateLimiterMetrics metrics() {
        return line.metrics(flight.leased == null ? 0 : flight.leased.left());
    }

    /**
     * How this limiter has got on with its store.
     *
     * @return a snapshot of now
     */
    public RemoteMetrics remoteMetrics() {
        return store.metrics();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code RemoteRateLimiter[limiter-1, orders, Rate[permits=5, period=PT1S, burst=5], 0
     *     waiters]}
     */
    @Override
    public String toString() {
        return "RemoteRateLimiter[" + name() + ", " + flight.limits().keys() + ", " + rate() + ", " + line.waiters()
                + " waiters]";
    }

    /**
     * Builds a {@link RemoteRateLimiter}.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder extends RemoteBuilder<Builder> {
        private final Map<String, Rate> limits;

        private Builder(RemoteBuckets buckets, Map<String, Rate> limits) {
            super(buckets, limits.values());
            this.limits = limits;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the limiter, which sends nothing before it is asked.
         *
         * @return a new limiter
         */
        public RemoteRateLimiter build() {
            return new RemoteRateLimiter(store(false), Limits.of(limits, generation, lease), line::build);
        }
    }
}

package dev.weir.ratelimit;

import dev.weir.core.internal.wait.WaiterClass;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A limiter as the requests of one class see it: what waits has that class, and all else is the limiter's. */
final class ClassedLimiter implements RateLimiter {
    private final LineLimiter limiter;
    private final WaiterClass its;

    ClassedLimiter(LineLimiter limiter, WaiterClass its) {
        this.limiter = limiter;
        this.its = its;
    }

    /** The limiter that it is a view of, or the limiter itself. */
    static RateLimiter viewed(RateLimiter limiter) {
        return limiter instanceof ClassedLimiter view ? view.limiter : limiter;
    }

    // ---- what may wait

    @Override
    public boolean tryAcquire(long permits, Duration timeout) throws InterruptedException {
        return limiter.tryAcquire(permits, timeout, its);
    }

    @Override
    public void acquire(long permits) throws InterruptedException {
        limiter.acquire(permits, its);
    }

    @Override
    public Settlement acquireEstimate(long estimate) throws InterruptedException {
        return limiter.acquireEstimate(estimate, its);
    }

    @Override
    public void acquireUninterruptibly(long permits) {
        limiter.acquireUninterruptibly(permits, its);
    }

    @Override
    public CompletableFuture<@Nullable Void> acquireAsync(long permits) {
        return limiter.acquireAsync(permits, its);
    }

    @Override
    public Reservation reserve(long permits) {
        return limiter.reserve(permits, its);
    }

    @Override
    public RateLimiter withPriority(int priority) {
        return limiter.view(its.withPriority(priority));
    }

    @Override
    public RateLimiter forTenant(String tenant) {
        return limiter.view(its.withTenant(tenant));
    }

    // ---- what does not

    @Override
    public boolean tryAcquire(long permits) {
        return limiter.tryAcquire(permits);
    }

    @Override
    public long tryAcquireUpTo(long permits) {
        return limiter.tryAcquireUpTo(permits);
    }

    @Override
    public Decision check(long permits) {
        return limiter.check(permits);
    }

    @Override
    public Decision peek(long permits) {
        return limiter.peek(permits);
    }

    @Override
    public void refund(long permits) {
        limiter.refund(permits);
    }

    @Override
    public void charge(long permits) {
        limiter.charge(permits);
    }

    @Override
    public void pauseFor(Duration duration) {
        limiter.pauseFor(duration);
    }

    @Override
    public void resume() {
        limiter.resume();
    }

    @Override
    public long drain() {
        return limiter.drain();
    }

    @Override
    public void replaceRate(Rate rate) {
        limiter.replaceRate(rate);
    }

    @Override
    public Rate rate() {
        return limiter.rate();
    }

    @Override
    public String name() {
        return limiter.name();
    }

    @Override
    public RateLimiterMetrics metrics() {
        return limiter.metrics();
    }

    @Override
    public String toString() {
        return limiter + " for " + its;
    }
}

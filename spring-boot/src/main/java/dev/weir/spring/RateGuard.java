package dev.weir.spring;

import dev.weir.ratelimit.CombinedLimiter;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import java.util.concurrent.RejectedExecutionException;

/** Permits of a rate limiter. */
record RateGuard(String name, RateLimiter limiter, long permits, Wait maxWait) implements Guard {
    @Override
    public void enter() throws InterruptedException {
        if (maxWait.isNone()) {
            refuseUnless(limiter.check(permits));
            return;
        }
        boolean entered;
        try {
            entered = limiter.tryAcquire(permits, maxWait.duration());
        } catch (RejectedExecutionException changed) { // a new rate has too small a burst
            entered = false;
        }
        if (!entered) {
            throw new RateLimitExceededException(name, refused(limiter.peek(permits)), limiter.rate());
        }
    }

    /** Also if there are permits by now. */
    private static Decision refused(Decision now) {
        return new Decision(false, now.remaining(), now.retryAfter(), now.reset());
    }

    private void refuseUnless(Decision decision) {
        if (!decision.admitted()) {
            throw new RateLimitExceededException(name, decision, limiter.rate());
        }
    }

    @Override
    public boolean enterNow() {
        if (maxWait.isNone()) {
            refuseUnless(limiter.check(permits));
            return true;
        }
        return limiter.tryAcquire(permits);
    }

    @Override
    public boolean answersAtOnce() {
        return !(limiter instanceof RemoteRateLimiter || limiter instanceof CombinedLimiter);
    }

    @Override
    public void undo() {
        limiter.refund(permits);
    }

    @Override
    public void exit() {}
}

package dev.weir.ratelimit;

/** The future of an {@code acquireAsync} of several limits. */
final class CombinedFuture extends WaitingFuture {
    final CombinedRequest request;

    CombinedFuture(CombinedLimiter limiter, long[] permits, int refusedBy) {
        this.request = new CombinedRequest(limiter, permits, refusedBy, this);
    }

    /** This future, once the request stands in a line. */
    CombinedFuture entered() {
        request.enter();
        return this;
    }

    @Override
    boolean giveUp() {
        return request.giveUp();
    }
}

package dev.weir.ratelimit;

/**
 * How many permits the requests of a {@link WaitingLine} want together, guarded by the lock of that: two words of 63
 * bits, so that the sum is exact whatever they want and however many wait.
 */
final class Wanted {
    private long high;
    private long low;

    void add(long permits) {
        low += permits;
        if (low < 0) {
            low &= Long.MAX_VALUE;
            high++;
        }
    }

    void remove(long permits) {
        low -= permits;
        if (low < 0) {
            low &= Long.MAX_VALUE;
            high--;
        }
    }

    /** The sum, {@link Long#MAX_VALUE} if it is beyond it. */
    long sum() {
        return high > 0 ? Long.MAX_VALUE : low;
    }
}

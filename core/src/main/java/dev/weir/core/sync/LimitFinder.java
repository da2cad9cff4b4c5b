package dev.weir.core.sync;

/**
 * The arithmetic of an {@link AdaptiveLimit}: outcomes in, a limit out, without clock and without threads.
 *
 * <p><b>Rounds.</b> The limit changes between rounds, and a round ends when as many of its calls have succeeded as the
 * limit is high, but at least {@value #LEAST_SAMPLES} and at most {@value #MOST_SAMPLES}. Only calls that began in a
 * round count in it: those that began before answer for another limit. So one cause is counted once, and a change is
 * seen before the next one is made.
 *
 * <p><b>No creep.</b> A round in which nobody took the last permit says nothing about a higher limit, and leaves it as
 * it is.
 *
 * <p>Not thread-safe.
 */
abstract class LimitFinder {
    private static final int LEAST_SAMPLES = 100;
    private static final int MOST_SAMPLES = 1_000;

    final int least;
    final int most;
    private final double factor;

    private double limit;
    private long round;
    private int samples;
    private double totalNanos;
    private boolean used;

    LimitFinder(int least, int initial, int most, double factor) {
        this.least = least;
        this.most = most;
        this.factor = factor;
        this.limit = initial;
    }

    /** The limit after a round that went well: the mean latency of its calls, and whether the last permit was taken. */
    abstract double next(double limit, double meanNanos, boolean used);

    /** The limit that a refusal lowers, and the end of a round that did not go well. */
    abstract double beforeRefusal(double now);

    final int limit() {
        return (int) Math.round(limit);
    }

    /** The round that a call belongs to which begins now. */
    final long round() {
        return round;
    }

    final void succeeded(long begunIn, long nanos, boolean tookTheLast) {
        if (begunIn != round) {
            return;
        }
        samples++;
        totalNanos += nanos;
        used |= tookTheLast;
        if (samples >= Math.clamp(limit(), LEAST_SAMPLES, MOST_SAMPLES)) {
            begin(next(limit, totalNanos / samples, used));
        }
    }

    final void refused(long begunIn) {
        if (begunIn == round) {
            begin(beforeRefusal(limit) * factor);
        }
    }

    private void begin(double next) {
        limit = Math.clamp(next, (double) least, (double) most);
        round++;
        samples = 0;
        totalNanos = 0;
        used = false;
    }
}

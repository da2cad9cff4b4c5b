package dev.weir.core.sync;

/**
 * Holds the limit where a small queue forms: after each round it is {@code limit × baseline / latency + allowance},
 * where the baseline is the latency without a queue. This is the window of FAST TCP (Wei, Jin, Low and Hegde, 2006).
 * The allowance is the queue that each client may keep; it grows as the root of the limit, slower than the limit
 * itself, and so the shares of clients become equal.
 *
 * <p><b>The baseline</b> is measured: one round in {@value #PROBE_EVERY} is made at half the limit, as BBR does
 * (Cardwell and others, 2016), and the mean latency of its calls is the baseline. Neither a minimum nor a long average
 * would do: the minimum of noisy latencies is too low, and the limit collapses; an average follows the queue that it
 * should show, and the limit creeps up.
 *
 * <p><b>Drift.</b> If {@value #SHRUNK_IN_VAIN} rounds in a row shrink the limit by much and the latency stays high, the
 * latency is not that of our queue: the baseline is measured again. If it differs much from the one before, it is
 * measured once more soon, since the capacity may have changed in the middle. If the latency falls far below it, it is
 * replaced at once.
 */
final class GradientLimit extends LimitFinder {
    private static final int PROBE_EVERY = 50;
    private static final int PROBE_AGAIN = 10;
    private static final double PROBE_PART = 0.5;
    private static final int SHRUNK_IN_VAIN = 3;

    // Latencies are means of at least a hundred: by chance alone they differ by a tenth or so.
    private static final double MUCH_LESS = 0.75;
    private static final double FAR_BELOW = 0.6;
    private static final double NO_QUEUE = 0.999;
    private static final double LEAST_RATIO = 0.5;
    private static final double MOST_RATIO = 1.1; // above 1, so that noise moves the limit as much up as down

    private double baselineNanos;
    private double beforeProbe; // the limit to return to; 0 outside of a probe
    private int untilProbe;
    private int shrunk;

    GradientLimit(int least, int initial, int most, double factor) {
        super(least, initial, most, factor);
        this.beforeProbe = initial; // the first round measures, at the limit as it is
    }

    @Override
    double beforeRefusal(double now) {
        double before = Math.max(now, beforeProbe);
        beforeProbe = 0;
        return before;
    }

    @Override
    double next(double limit, double meanNanos, boolean used) {
        double mean = Math.max(1, meanNanos);
        if (beforeProbe > 0) {
            return measured(mean);
        }
        if (mean < baselineNanos * FAR_BELOW || baselineNanos == 0) {
            baselineNanos = mean;
        }
        if (!used) {
            return limit;
        }
        double ratio = Math.clamp(baselineNanos / mean, LEAST_RATIO, MOST_RATIO);
        shrunk = ratio < MUCH_LESS ? shrunk + 1 : 0;
        if (--untilProbe <= 0 || shrunk >= SHRUNK_IN_VAIN) {
            beforeProbe = limit;
            return limit * PROBE_PART;
        }
        double root = Math.sqrt(limit);
        return limit * ratio + (ratio > NO_QUEUE ? root : Math.max(0.5, root / 6));
    }

    private double measured(double mean) {
        boolean isSimilar = mean > baselineNanos * MUCH_LESS && mean < baselineNanos / MUCH_LESS;
        baselineNanos = isSimilar ? (baselineNanos + mean) / 2 : mean;
        double before = beforeProbe;
        beforeProbe = 0;
        untilProbe = isSimilar ? PROBE_EVERY : PROBE_AGAIN; // it may have changed in the middle
        shrunk = 0;
        return before;
    }
}

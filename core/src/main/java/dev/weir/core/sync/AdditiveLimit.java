package dev.weir.core.sync;

/**
 * Additive increase and multiplicative decrease (Chiu and Jain, 1989): one more in each round, a part of it when a call
 * is refused.
 */
final class AdditiveLimit extends LimitFinder {
    AdditiveLimit(int least, int initial, int most, double factor) {
        super(least, initial, most, factor);
    }

    @Override
    double beforeRefusal(double now) {
        return now;
    }

    @Override
    double next(double limit, double meanNanos, boolean used) {
        return used ? limit + 1 : limit;
    }
}

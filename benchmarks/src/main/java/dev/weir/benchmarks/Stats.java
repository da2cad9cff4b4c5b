package dev.weir.benchmarks;

import java.util.Collection;

/**
 * The figures of all rounds, in one.
 *
 * @param median the middle one, or the mean of the two in the middle
 * @param p10 what one of ten is below, between the two nearest
 * @param p90 what nine of ten are below, between the two nearest
 * @param min the least
 * @param max the greatest
 */
record Stats(double median, double p10, double p90, double min, double max) {
    static final Stats NONE = new Stats(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    /** Of those that are figures. */
    static Stats of(Collection<Double> figures) {
        double[] sorted = figures.stream()
                .mapToDouble(Double::doubleValue)
                .filter(figure -> !Double.isNaN(figure))
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return NONE;
        }
        return new Stats(
                quantile(sorted, 0.5),
                quantile(sorted, 0.1),
                quantile(sorted, 0.9),
                sorted[0],
                sorted[sorted.length - 1]);
    }

    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}

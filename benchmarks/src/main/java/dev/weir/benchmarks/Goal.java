package dev.weir.benchmarks;

import java.util.Locale;

/**
 * A figure and what it should be. Both are rounded as they are printed before they are compared, so that a line does
 * not contradict itself, and the few bytes that a harness allocates do not count.
 *
 * @param name the goal's name, the same in every run
 * @param figure what was measured
 * @param bound whether the target is the most or the least
 * @param target what the figure should be
 * @param unit the unit of both
 */
record Goal(String name, Figure figure, Bound bound, double target, Unit unit) {
    /** Which side of the target is the good one. */
    enum Bound {
        AT_MOST("≤"),
        AT_LEAST("≥");

        final String sign;

        Bound(String sign) {
            this.sign = sign;
        }
    }

    /** What a figure counts, and how it is printed. */
    enum Unit {
        NANOS(" ns", 1),
        BYTES(" B", 1),
        TRIPS(" trips", 3),
        RATIO("×", 3);

        private final String suffix;
        private final int digits;

        Unit(String suffix, int digits) {
            this.suffix = suffix;
            this.digits = digits;
        }

        String format(double value) {
            return String.format(Locale.ROOT, "%." + digits + "f", round(value)) + suffix;
        }

        double round(double value) {
            double scale = Math.pow(10, digits);
            double rounded = Math.round(value * scale) / scale;
            return Double.isNaN(value) ? value : rounded;
        }
    }

    static Goal atMost(String name, Figure figure, double target, Unit unit) {
        return new Goal(name, figure, Bound.AT_MOST, target, unit);
    }

    static Goal atLeast(String name, Figure figure, double target, Unit unit) {
        return new Goal(name, figure, Bound.AT_LEAST, target, unit);
    }

    /** Whether the figure is what it should be; not if there is none. */
    boolean met() {
        double rounded = unit.round(figure.value());
        return bound == Bound.AT_MOST ? rounded <= target : rounded >= target;
    }

    String line() {
        String text = Double.isNaN(figure.value()) ? "not measured" : unit.format(figure.value());
        String at = figure.at().isEmpty() ? "" : " at " + figure.at();
        return "goal " + name + ": " + text + at + " (target " + bound.sign + " " + unit.format(target) + ") "
                + (met() ? "met" : "missed");
    }
}

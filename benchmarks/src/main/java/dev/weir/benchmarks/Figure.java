package dev.weir.benchmarks;

/**
 * A figure to compare with a goal.
 *
 * @param value the figure, or {@link Double#NaN} if it could not be measured
 * @param at where it was seen, for instance the scenario that is the worst of several; may be empty
 */
record Figure(double value, String at) {
    static final Figure NONE = new Figure(Double.NaN, "");

    /** How many times as fast, of how many times as long. */
    Figure inverse() {
        return new Figure(1 / value, at);
    }

    Figure over(double base) {
        return new Figure(value / base, at);
    }

    /** The greater of both; one that could not be measured is greater than any that could. */
    Figure worse(Figure other) {
        return Double.compare(value, other.value) >= 0 ? this : other;
    }
}

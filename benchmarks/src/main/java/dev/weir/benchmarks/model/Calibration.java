package dev.weir.benchmarks.model;

import java.util.function.DoubleUnaryOperator;

/**
 * Finds out what a line's way between two cores costs, from an {@code AtomicLong} that one and two threads increment.
 */
public final class Calibration {
    private static final double MAX_TRANSFER = 5_000;
    private static final int HALVINGS = 24;
    private static final int TURNS = 3;
    private static final int OPERATIONS = 4_000;
    private static final long SEED = 1;

    private Calibration() {}

    /**
     * The same costs with a transfer and a request with which the model shows what was measured, as far as it can.
     *
     * @param costs what is known, with any transfer
     * @param work nanoseconds of work between two increments of a thread
     * @param withWork nanoseconds for each increment of two threads that work in between
     * @param withoutWork nanoseconds for each increment of two threads that do nothing else
     * @return the costs
     */
    public static Costs fit(Costs costs, double work, double withWork, double withoutWork) {
        double transfer = 0;
        double request = 0;
        for (int turn = 0; turn < TURNS; turn++) {
            double goesOn = request;
            transfer = atGoal(
                    0,
                    MAX_TRANSFER,
                    withWork,
                    nanos -> twoCores(costs.withLines(nanos, Math.min(nanos, goesOn)), Counters.atomic(work)));
            double whole = transfer;
            request = atGoal(
                    transfer, 0, withoutWork, nanos -> twoCores(costs.withLines(whole, nanos), Counters.atomic(0)));
        }
        return costs.withLines(transfer, request);
    }

    private static double twoCores(Costs costs, Part part) {
        return Machine.run(costs, part, 2, OPERATIONS, SEED).nanosPerOperation();
    }

    /** Where a function that rises from one bound to the other has the value; the nearer bound if it has it nowhere. */
    private static double atGoal(double lowest, double highest, double goal, DoubleUnaryOperator function) {
        double low = lowest;
        double high = highest;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (low + high) / 2;
            if (function.applyAsDouble(middle) < goal) {
                low = middle;
            } else {
                high = middle;
            }
        }
        // It may leap over the value, as a core does a whole number of operations with a line.
        double below = goal - function.applyAsDouble(low);
        return below <= function.applyAsDouble(high) - goal ? low : high;
    }
}

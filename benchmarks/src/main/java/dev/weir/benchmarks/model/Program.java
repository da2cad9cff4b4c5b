package dev.weir.benchmarks.model;

/** What one core does, without end: one operation after the other. */
@FunctionalInterface
public interface Program {
    /**
     * The next step.
     *
     * @param result the result of the step before, or 0
     */
    Step next(long result);
}

package dev.weir.benchmarks;

/** How one contender is measured in one scenario. */
@FunctionalInterface
interface Trial {
    /**
     * Measures once. Called once a round.
     *
     * @return what it saw
     * @throws Exception if the contender does not run, or does not do what it should
     */
    Sample measure() throws Exception;

    /**
     * Prepares what the rounds must not see: compiles the code, finds out how many operations fill a round. Called
     * once, before the first round.
     *
     * @throws Exception if the contender does not run
     */
    default void warmUp() throws Exception {}
}

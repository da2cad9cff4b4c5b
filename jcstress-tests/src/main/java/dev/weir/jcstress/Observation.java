package dev.weir.jcstress;

/**
 * What jcstress saw of one test in one configuration of compilers and flags.
 *
 * @param test the name of the test
 * @param count how many results it collected
 * @param problem what was wrong, or null
 */
record Observation(String test, long count, String problem) {}

package dev.weir.benchmarks;

/**
 * What one round saw of one contender.
 *
 * @param nanos time per operation
 * @param bytes heap allocated per operation, by all threads
 */
record Sample(double nanos, double bytes) {}

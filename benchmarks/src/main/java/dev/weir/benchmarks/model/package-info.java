/**
 * A model of cores that share cache lines, for machines that have more cores than ours. It is a model, no measurement.
 */
@org.jspecify.annotations.NullMarked
package dev.weir.benchmarks.model;

/**
 * Measures each part of Weir beside its peers, in one run, so that the machine's noise hits all alike. Compare ratios
 * within a run, never times between runs.
 */
package dev.weir.benchmarks;

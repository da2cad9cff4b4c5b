package dev.weir.benchmarks;

import java.util.Map;

/**
 * What one round saw of one contender.
 *
 * @param nanos time per operation
 * @param bytes heap allocated per operation, by all threads
 * @param figures what else was seen, by its name
 */
record Sample(double nanos, double bytes, Map<String, Double> figures) {
    Sample(double nanos, double bytes) {
        this(nanos, bytes, Map.of());
    }
}
